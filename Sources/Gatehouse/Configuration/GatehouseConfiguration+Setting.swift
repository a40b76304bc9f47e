import PushServer
import PushTransport
import PushVocabulary

/// A value that a setting cannot have.
struct SettingProblem: Error, Hashable {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}

extension GatehouseConfiguration {
    /// Gives one setting a value that was written down as text.
    mutating func set(_ option: ServeOption, to text: String) throws(SettingProblem) {
        switch option {
        case .config: break
        case .port:
            guard text == "0" else {
                throw SettingProblem(
                    "`\(text)` cannot be: it takes only 0, which lets every service have a free port;"
                        + " name single addresses with gateway, feedback, courier and control"
                )
            }
            self.useFreePorts()
        case .gateway: self.gateway = try Self.address(text)
        case .feedback: self.feedback = try Self.address(text)
        case .courier: self.courier = try Self.address(text)
        case .control: self.control = try Self.address(text)
        case .environment: self.environment = try Self.choice(text)
        case .profile:
            guard ServiceProfile.named(text) != nil else { throw SettingProblem(Self.unknownProfile(text)) }
            self.profile = text
        case .magicTokens: self.magicTokens = try Self.isOn(text)
        case .exposeToNetwork: self.exposesToNetwork = try Self.isOn(text)
        case .seed:
            guard let seed = UInt64(text) else {
                throw SettingProblem("`\(text)` is not a whole number from 0 to \(UInt64.max)")
            }
            self.seed = seed
        case .certs: self.certificates = try Self.path(text)
        case .state: self.stateFile = try Self.path(text)
        case .sans: self.additionalNames = Self.list(text)
        case .allowedHosts: self.allowedHosts = Self.list(text)
        case .networkProfiles: self.networkProfiles = try Self.path(text)
        case .courierCredentials: self.courierCredentials = try Self.choice(text)
        case .courierAuthentication: self.courierOptions.authentication = try Self.choice(text)
        case .courierTokens: self.courierOptions.tokens = try Self.choice(text)
        case .courierTokenEcho: self.courierOptions.tokenEcho = try Self.choice(text)
        case .courierProtocols: self.courierOptions.protocols = try Self.courierProtocols(text)
        case .courierIdle: self.courierOptions.idleTimeout = try Self.durationOrNever(text)
        case .clock: self.clock = try Self.choice(text)
        case .clockStart:
            guard let start = Instant(text) else {
                throw SettingProblem("`\(text)` is not a time such as 2014-05-01T00:00:00Z")
            }
            self.clockStart = start
        case .ready: self.ready = try Self.choice(text)
        case .readyFile: self.readyFile = try Self.path(text)
        case .logFormat: self.logFormat = try Self.choice(text)
        case .logLevel: self.logLevel = try Self.choice(text)
        default:
            if try !self.setLimit(option, to: text) { try self.choose(option, text) }
        }
    }

    /// Makes one of a profile's choices.
    private mutating func choose(_ option: ServeOption, _ text: String) throws(SettingProblem) {
        var profile = ServiceProfile.standard
        do throws(ProfileChoiceError) {
            try profile.set(option.rawValue, to: text)
        } catch {
            throw SettingProblem(Self.problem(error))
        }
        self.profileChoices[option.rawValue] = text
    }

    static func problem(_ error: ProfileChoiceError) -> String {
        switch error {
        case .noSuchChoice: error.description
        case .noSuchValue(let value, _, let values): "`\(value)` cannot be; write \(values)"
        }
    }

    private static func address(_ text: String) throws(SettingProblem) -> Address {
        let bare = text.hasPrefix("http://") ? String(text.dropFirst(7)) : text
        guard let address = ServiceAddress(bare) else {
            throw SettingProblem("`\(text)` is not HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:2195")
        }
        return Address(host: address.host, port: address.port)
    }

    static func choice<Choice>(_ text: String) throws(SettingProblem) -> Choice
    where Choice: RawRepresentable<String> & CaseIterable {
        if let choice = Choice(rawValue: text) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        throw SettingProblem("`\(text)` is none of \(names.joined(separator: ", "))")
    }

    static func isOn(_ text: String) throws(SettingProblem) -> Bool {
        switch text.lowercased() {
        case "on", "true", "yes", "1": return true
        case "off", "false", "no", "0": return false
        default: throw SettingProblem("`\(text)` is neither on nor off")
        }
    }

    /// Protocol names in TLS; what only a packed encoding could go by is refused.
    private static func courierProtocols(_ text: String) throws(SettingProblem) -> [String] {
        if text == "none" { return [] }
        let (names, known) = (Self.list(text), TLSContexts.courierProtocols)
        guard !names.isEmpty, names.allSatisfy(known.contains) else {
            throw SettingProblem("`\(text)` is neither none nor a list of \(known.joined(separator: ", "))")
        }
        return names
    }

    private static func path(_ text: String) throws(SettingProblem) -> String {
        if text.isEmpty { throw SettingProblem("it is empty, and must be a path") }
        return text
    }

    private static func list(_ text: String) -> [String] {
        text.split { $0 == "," || $0 == " " }.map(String.init)
    }
}
