import APNSWire
import ControlAPI
import MockProvider
import NIOCore
import NIOPosix
import PushServer
import PushTransport
import PushVocabulary

/// A run of the conformance suite as the command line asks for it.
package struct ConformanceRun: Sendable {
    /// What the user names; `nil` is asked of the server.
    package struct Wishes: Sendable {
        package var access: ProviderAccess.Wishes
        package var token: String?
        package var unknownToken: String?
        /// What the gateway is taken for: the name of a profile; `nil`: the server's, otherwise the usual one.
        package var profile: String?
        /// Identifiers of rows, or groups; empty: all.
        package var rows: [String]

        package init(
            access: ProviderAccess.Wishes,
            token: String? = nil,
            unknownToken: String? = nil,
            profile: String? = nil,
            rows: [String] = []
        ) {
            self.access = access
            self.token = token
            self.unknownToken = unknownToken
            self.profile = profile
            self.rows = rows
        }
    }

    /// How it went.
    package struct Result: Sendable {
        package let answer: CommandAnswer
        package let isConformant: Bool
    }

    private let target: ConformanceTarget
    private let rows: [String]?

    /// - Throws: `GatehouseError` when something needed is neither named nor known to a server.
    package init(
        _ wishes: Wishes,
        client: @autoclosure () throws(GatehouseError) -> ControlClient
    ) async throws(GatehouseError) {
        let unknown = ConformanceSuite.unknownNames(in: wishes.rows)
        guard unknown.isEmpty else {
            throw GatehouseError(
                .usage,
                "There is no row or group \(unknown.joined(separator: ", ")). `gatehouse conformance --list` has them."
            )
        }
        let access = try await ProviderAccess(wishes.access, needs: .gateway, client: try client())
        var provider = access.provider
        var info: (ServerInfo, JSONValue)?
        if access.control != nil { info = try await Self.info(try client()) }
        provider.feedback = try Self.feedback(wishes.access, info?.0)
        let profile = try Self.profile(wishes.profile ?? info.flatMap { Self.text($0.1["profile"]) })
        self.target = ConformanceTarget(
            client: provider,
            goodToken: try Self.goodToken(wishes, info),
            unknownToken: try wishes.unknownToken.map { text throws(GatehouseError) in
                try Self.token(text, "--unknown-token")
            },
            expectations: ConformanceExpectations(profile)
        )
        self.rows = wishes.rows.isEmpty ? nil : wishes.rows
    }

    // MARK: - What it needs

    private static func info(_ client: ControlClient) async throws(GatehouseError) -> (ServerInfo, JSONValue) {
        (try await client.info(), try await client.json("GET", "/v1/info"))
    }

    private static func feedback(
        _ wishes: ProviderAccess.Wishes,
        _ info: ServerInfo?
    ) throws(GatehouseError) -> ServiceAddress? {
        if let text = wishes.feedback {
            guard let address = ServiceAddress(text), address.port != 0 else {
                throw GatehouseError(.usage, "`\(text)` is not HOST:PORT, such as 127.0.0.1:2196.")
            }
            return address
        }
        guard let info else { return nil }
        let own = try info.services(of: info.environment(wishes.environment)).feedback
        return ServiceAddress(host: own.host, port: own.port).reachable
    }

    private static func profile(_ name: String?) throws(GatehouseError) -> ServiceProfile {
        guard let name else { return .standard }
        guard let profile = ServiceProfile.named(name) else {
            throw GatehouseError(.usage, "--profile: \(GatehouseConfiguration.unknownProfile(name)).")
        }
        return profile
    }

    private static func token(_ text: String, _ option: String) throws(GatehouseError) -> DeviceToken {
        if let flaw = TokenText.flaw(in: text) {
            throw GatehouseError(.usage, "\(option) `\(text)` is no device token: \(flaw).")
        }
        guard let token = DeviceToken(hexadecimal: text) else {
            throw GatehouseError(.usage, "\(option) `\(text)` is no device token.")
        }
        return token
    }

    /// The token named, or that of the first device of the server that has the identity's app.
    private static func goodToken(
        _ wishes: Wishes,
        _ info: (ServerInfo, JSONValue)?
    ) throws(GatehouseError) -> DeviceToken {
        if let text = wishes.token { return try Self.token(text, "--token") }
        guard let (info, json) = info else {
            throw GatehouseError(.usage, "Say with --token which device token the gateway takes.")
        }
        let environment = info.environment(wishes.access.environment)
        let topic: String?
        if wishes.access.certificate == nil {
            topic = try info.identity(for: wishes.access.topic, in: environment).topic
        } else {
            topic = wishes.access.topic
        }
        if case .array(let devices)? = json["devices"] {
            for device in devices where Self.text(device["environment"]) == environment.rawValue {
                guard case .array(let apps)? = device["apps"] else { continue }
                for app in apps where topic == nil || Self.text(app["topic"]) == topic {
                    if let token = Self.text(app["token"]) { return try Self.token(token, "the server's token") }
                }
            }
        }
        throw GatehouseError(
            .usage,
            "No device of the server has \(topic ?? "an app") in \(environment.rawValue). Name a token with --token."
        )
    }

    private static func text(_ value: JSONValue?) -> String? {
        if case .string(let text)? = value { text } else { nil }
    }

    // MARK: - Running

    /// - Parameter report: told a line behind each row.
    package func run(report: (String) -> Void) async -> Result {
        let summary = await ConformanceSuite().run(self.target, only: self.rows) { row, outcome, _ in
            report(ConformanceText.line(row, outcome))
        }
        let isConformant = summary.isConformant()
        return Result(
            answer: CommandAnswer(
                text: ConformanceText.summary(summary, isConformant: isConformant),
                value: ConformanceText.value(summary, isConformant: isConformant)
            ),
            isConformant: isConformant
        )
    }

    /// The rows there are.
    package static var list: CommandAnswer {
        let rows = ConformanceSuite.rows
        return CommandAnswer(
            text: TextTable(rows.map { [$0.id, $0.group.rawValue, $0.title, $0.source] }).text,
            value: ["items": .array(rows.map { .object(ConformanceText.members($0)) })]
        )
    }
}

extension ConformanceExpectations {
    /// What a gateway of this profile does.
    init(_ profile: ServiceProfile) {
        self.init()
        self.commands = profile.commands
        self.maximumPayloadSize = profile.maximumPayloadSize
        self.tokenSizes = profile.tokenSizes
        self.unknownCommand = profile.unknownCommand == .silence ? .silence : .protocolError
        if case .reject(let status) = profile.payloadDefect { self.malformedPayloadStatus = status.rawValue }
        if case .reject(let status) = profile.otherPriority { self.otherPriorityStatus = status.rawValue }
        switch profile.duplicateItem {
        case .reject(let status): self.duplicateItemStatus = status.rawValue
        case .keepLast: self.duplicateItemStatus = nil
        }
    }
}
