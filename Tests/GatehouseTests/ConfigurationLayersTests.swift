import ControlAPI
import Gatehouse
import PushServer
import PushVocabulary
import Testing

/// One option with three different values, and how to read it back.
struct OptionCase: Sendable, CustomTestStringConvertible {
    let option: ServeOption
    let values: [String]
    let reading: @Sendable (GatehouseConfiguration) -> String

    var testDescription: String { self.option.rawValue }

    init(option: ServeOption, values: [String], reading: @escaping @Sendable (GatehouseConfiguration) -> String) {
        self.option = option
        self.values = values
        self.reading = reading
    }

    /// One of the choices that a profile makes.
    init(choice option: ServeOption, values: [String]) {
        self.init(option: option, values: values) { $0.profileChoices[option.rawValue] ?? "" }
    }

    static let all: [OptionCase] = [
        .init(option: .gateway, values: ["127.0.0.1:1", "localhost:2", "a.localhost:3"]) { $0.gateway.description },
        .init(option: .feedback, values: ["127.0.0.1:1", "localhost:2", "a.localhost:3"]) { $0.feedback.description },
        .init(option: .courier, values: ["127.0.0.1:1", "localhost:2", "a.localhost:3"]) { $0.courier.description },
        .init(option: .control, values: ["127.0.0.2:1", "localhost:2", "[::1]:3"]) { $0.control.description },
        .init(option: .environment, values: ["sandbox", "production", "both"]) { $0.environment.rawValue },
        .init(choice: .commands, values: ["0", "0-1", "1-2"]),
        .init(choice: .unknownCommand, values: ["128", "silence", "128"]),
        .init(choice: .tokenSizes, values: ["1-100", "32", "32-64"]),
        .init(choice: .payloadLimit, values: ["256", "512", "4096"]),
        .init(choice: .voipPayloadLimit, values: ["256", "512", "1024"]),
        .init(choice: .replyDelay, values: ["250ms", "1s", "2m"]),
        .init(choice: .payloadDefect, values: ["1", "record", "128"]),
        .init(choice: .otherPriority, values: ["1", "record", "128"]),
        .init(choice: .duplicateItem, values: ["255", "128", "keep-last"]),
        .init(choice: .deadTokenPushes, values: ["0", "3", "never"]),
        .init(choice: .markTolerance, values: ["no", "yes", "no"]),
        .init(choice: .expirySigned, values: ["no", "yes", "no"]),
        .init(choice: .storeWithoutExpiry, values: ["yes", "no", "yes"]),
        .init(choice: .tryExpired, values: ["no", "yes", "no"]),
        .init(choice: .lowPriorityDelay, values: ["1h", "0s", "90s"]),
        .init(choice: .storageLimit, values: ["1d", "2h", "30d"]),
        .init(choice: .feedbackClearing, values: ["after-clean-close", "on-write", "after-clean-close"]),
        .init(choice: .sandboxFeedback, values: ["nothing", "list", "nothing"]),
        .init(choice: .alertWrongEnvironment, values: ["46", "44", "80"]),
        .init(choice: .alertExpired, values: ["80", "45", "44"]),
        .init(choice: .alertRevoked, values: ["46", "44", "48"]),
        .init(choice: .alertNoCertificate, values: ["42", "40", "80"]),
        .init(option: .magicTokens, values: ["off", "on", "off"]) { $0.magicTokens ? "on" : "off" },
        .init(option: .exposeToNetwork, values: ["off", "on", "off"]) { $0.exposesToNetwork ? "on" : "off" },
        .init(option: .profile, values: ["2010", "late", "strict"]) { $0.profile },
        .init(option: .seed, values: ["1", "2", "18446744073709551615"]) { $0.seed.map { String($0) } ?? "" },
        .init(option: .certs, values: ["one", "two", "three"]) { $0.certificates ?? "" },
        .init(option: .state, values: ["one", "two", "three"]) { $0.stateFile ?? "" },
        .init(option: .sans, values: ["a", "b,c", "d"]) { $0.additionalNames.joined(separator: ",") },
        .init(option: .allowedHosts, values: ["a", "b,c", "d"]) { $0.allowedHosts.joined(separator: ",") },
        // Directories there are, without a network profile in them.
        .init(option: .networkProfiles, values: ["Sources", "Tests", "Sources/MockDevice"]) {
            $0.networkProfiles ?? ""
        },
        .init(option: .courierCredentials, values: ["accept", "verify", "accept"]) { $0.courierCredentials.rawValue },
        .init(option: .courierAuthentication, values: ["tls", "connect", "tls"]) {
            $0.courierOptions.authentication.rawValue
        },
        .init(option: .courierTokens, values: ["strict", "reissue", "strict"]) { $0.courierOptions.tokens.rawValue },
        .init(option: .courierTokenEcho, values: ["changed", "always", "changed"]) {
            $0.courierOptions.tokenEcho.rawValue
        },
        .init(option: .courierProtocols, values: ["apns-security-v2", "none", "apns-security-v3"]) {
            $0.courierOptions.protocols.isEmpty ? "none" : $0.courierOptions.protocols.joined(separator: ",")
        },
        .init(option: .courierIdle, values: ["90s", "never", "1s"]) {
            $0.courierOptions.idleTimeout.map { "\($0.components.seconds)s" } ?? "never"
        },
        .init(option: .connectionLimit, values: ["1", "2", "3"]) { "\($0.connectionLimits.maximumConnections)" },
        .init(option: .handshakeLimit, values: ["1", "2", "3"]) { "\($0.connectionLimits.maximumHandshakes)" },
        .init(option: .handshakeTimeout, values: ["1s", "500ms", "2m"]) {
            $0.connectionLimits.handshakeTimeout.written
        },
        .init(option: .unfinishedTimeout, values: ["1s", "never", "2m"]) {
            $0.connectionLimits.unfinishedTimeout?.written ?? "never"
        },
        .init(option: .gatewayIdle, values: ["1h", "never", "2m"]) { $0.gatewayIdleTimeout?.written ?? "never" },
        .init(option: .controlConnectionLimit, values: ["1", "2", "3"]) { "\($0.controlLimits.maximumConnections)" },
        .init(option: .controlBodyLimit, values: ["1024", "2000", "3000"]) { "\($0.controlLimits.maximumBodySize)" },
        .init(option: .controlHeaderLimit, values: ["1024", "2000", "3000"]) {
            "\($0.controlLimits.maximumHeaderSize)"
        },
        .init(option: .controlTimeout, values: ["1s", "500ms", "2m"]) { $0.controlLimits.timeout.written },
        .init(option: .clock, values: ["manual", "real", "manual"]) { $0.clock.rawValue },
        .init(
            option: .clockStart,
            values: ["2014-05-01T00:00:00.000Z", "2010-01-01T00:00:00.000Z", "2020-12-31T23:59:59.000Z"]
        ) { $0.clockStart?.description ?? "" },
        .init(option: .ready, values: ["json", "text", "json"]) { $0.ready.rawValue },
        .init(option: .readyFile, values: ["one", "two", "three"]) { $0.readyFile ?? "" },
        .init(option: .logFormat, values: ["json", "text", "json"]) { $0.logFormat?.rawValue ?? "" },
        .init(option: .logLevel, values: ["debug", "warning", "info"]) { $0.logLevel?.rawValue ?? "" },
    ]
}

@Suite struct ConfigurationLayersTests {
    @Test(arguments: OptionCase.all)
    func `feature 17: each option works as flag, variable and key, and flag outweighs variable outweighs file`(
        _ row: OptionCase
    ) throws {
        let file = "\(row.option.rawValue): \"\(row.values[0])\"\n"
        let variables = [row.option.variable: row.values[1]]
        let flags = [row.option: row.values[2]]

        let fromFile = try Fixtures.configuration(file: file)
        #expect(row.reading(fromFile) == row.values[0])
        #expect(
            fromFile.origins[row.option]
                == .file(path: GatehouseConfiguration.usualFile, line: 1, column: row.option.rawValue.count + 3)
        )

        let fromVariable = try Fixtures.configuration(file: file, variables: variables)
        #expect(row.reading(fromVariable) == row.values[1])
        #expect(fromVariable.origins[row.option] == .variable(row.option.variable))

        let fromFlag = try Fixtures.configuration(file: file, variables: variables, flags: flags)
        #expect(row.reading(fromFlag) == row.values[2])
        #expect(fromFlag.origins[row.option] == .flag(row.option.flag))
    }

    @Test func `the table has every option but the two with tests of their own`() {
        #expect(Set(OptionCase.all.map(\.option)) == Set(ServeOption.allCases).subtracting([.port, .config]))
    }

    @Test func `port 0 frees all four ports, whatever a weaker layer says, and a single address outweighs it`() throws {
        let configuration = try Fixtures.configuration(
            file: "gateway: 127.0.0.1:1\nfeedback: 127.0.0.9:2\n",
            flags: [.port: "0", .courier: "127.0.0.1:9"]
        )
        #expect(configuration.gateway.description == "127.0.0.1:0")
        #expect(configuration.feedback.description == "127.0.0.9:0")
        #expect(configuration.courier.description == "127.0.0.1:9")
        #expect(configuration.control.description == "127.0.0.1:0")
    }

    @Test func `without anything said the well-known ports, the sandbox and one connected phone are served`() throws {
        let configuration = try Fixtures.configuration(file: nil)
        #expect(configuration == GatehouseConfiguration())
        #expect(configuration.gateway.description == "127.0.0.1:2195")
        #expect(configuration.servedEnvironments == [.sandbox])
        let device = GatehouseConfiguration.Device(name: "demo-phone", apps: [.init(topic: "com.example.app")])
        #expect(configuration.effectiveDevices == [device])
        #expect(configuration.effectiveIdentities == [.init(topic: "com.example.app", kind: .development)])
    }

    @Test func `identities and devices are read from the file, and take the environment that is served`() throws {
        let configuration = try Fixtures.configuration(
            file: """
                identities:
                  - {topic: com.example.app, kind: universal}
                devices:
                  - name: phone-1
                    connected: no
                    network: ideal
                    apps:
                      - topic: com.example.app
                        token: "\(String(repeating: "0f", count: 32))"
                  - {name: phone-2, environment: production, apps: []}
                faults: []
                """,
            flags: [.environment: "production"]
        )
        #expect(
            configuration.identities == [.init(topic: "com.example.app", environment: .production, kind: .universal)]
        )
        let token = String(repeating: "0f", count: 32)
        #expect(
            configuration.devices == [
                .init(
                    name: "phone-1",
                    environment: .production,
                    connected: false,
                    apps: [.init(topic: "com.example.app", token: token)]
                ),
                .init(name: "phone-2", environment: .production, apps: []),
            ]
        )
    }

    @Test func `a named file is read instead of the usual one, and has to be there`() throws {
        let sources = ConfigurationSources(flags: [.config: "other.yml"])
        let configuration = try GatehouseConfiguration.resolve(sources, read: { $0 == "other.yml" ? "seed: 7" : nil })
        #expect(configuration.seed == 7)
        let error = #expect(throws: GatehouseError.self) {
            try GatehouseConfiguration.resolve(sources, read: { _ in nil })
        }
        #expect(error?.category == .unavailable)
        #expect(error?.message.contains("other.yml") == true)
    }

    @Test func `a variable that is none of ours is warned about with the nearest name, and changes nothing`() throws {
        var warnings: [String] = []
        let configuration = try GatehouseConfiguration.resolve(
            ConfigurationSources(variables: [
                "GATEHOUSE_GATWAY": "127.0.0.1:1", "GATEHOUSE_XYLOPHONE": "1", "GATEHOUSE_CA_FILE": "/ca.pem",
                "GATEHOUSE_READY": #"{"service":"gatehouse"}"#, "HOME": "/",
            ]),
            read: { _ in nil },
            warn: { warnings.append($0) }
        )
        #expect(configuration == GatehouseConfiguration())
        #expect(warnings.count == 2)
        #expect(warnings.first?.contains("GATEHOUSE_GATWAY") == true)
        #expect(warnings.first?.contains("Did you mean GATEHOUSE_GATEWAY?") == true)
        #expect(warnings.last?.contains("Did you mean") == false)
    }
}
