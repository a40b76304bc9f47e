import ControlAPI
import MockDevice
import PushIdentity
import PushServer
import PushTransport
import PushVocabulary

/// A setting, or several together, that cannot be.
struct ConfigurationDefect: Error, Hashable {
    enum Subject: Hashable {
        case option(ServeOption)
        case identity(Int)
        case device(Int)
        case app(Int, device: Int)
    }

    let subject: Subject
    let message: String

    /// What the subject is called where it has no place in a file.
    var name: String {
        switch self.subject {
        case .option(let option): option.rawValue
        case .identity(let index): "identities[\(index)]"
        case .device(let index): "devices[\(index)]"
        case .app(let index, let device): "devices[\(device)].apps[\(index)]"
        }
    }
}

extension GatehouseConfiguration {
    /// Looks for what no single value shows.
    ///
    /// - Throws: the first defect.
    func check() throws(ConfigurationDefect) {
        guard ServiceProfile.named(self.profile) != nil else {
            throw ConfigurationDefect(subject: .option(.profile), message: Self.unknownProfile(self.profile))
        }
        try self.checkChoices()
        try self.checkClock()
        try self.checkAddresses()
        for (index, identity) in (self.identities ?? []).enumerated() {
            if let message = self.objection(to: identity) {
                throw ConfigurationDefect(subject: .identity(index), message: message)
            }
        }
        try self.checkDevices()
    }

    private func checkChoices() throws(ConfigurationDefect) {
        var profile = ServiceProfile.standard
        for (name, value) in self.profileChoices.sorted(by: { $0.key < $1.key }) {
            do throws(ProfileChoiceError) {
                try profile.set(name, to: value)
            } catch {
                let option = ServeOption(rawValue: name) ?? .profile
                throw ConfigurationDefect(subject: .option(option), message: Self.problem(error))
            }
        }
    }

    static func unknownProfile(_ name: String) -> String {
        let known = ServiceProfile.all.map(\.name)
        return "there is no profile `\(name)`; use one of \(known.joined(separator: ", "))"
    }

    private func checkClock() throws(ConfigurationDefect) {
        guard let start = self.clockStart else { return }
        if self.clock == .real, self.origins[.clock] != nil {
            throw ConfigurationDefect(
                subject: .option(.clockStart),
                message: "a real clock shows the present: leave clock out, or set it to `manual`"
            )
        }
        let validity = Validity.wide
        if !(validity.notBefore...validity.notAfter).contains(start) {
            throw ConfigurationDefect(
                subject: .option(.clockStart),
                message: "\(start) is outside the time for which our certificates are made, from"
                    + " \(validity.notBefore) to \(validity.notAfter)"
            )
        }
    }

    private func checkAddresses() throws(ConfigurationDefect) {
        var taken: [Address: String] = [:]
        var wanted: [(ServeOption, String, Address)] = []
        for environment in self.servedEnvironments {
            let addresses = self.addresses(of: environment)
            for (option, address) in [
                (ServeOption.gateway, addresses.gateway), (.feedback, addresses.feedback),
                (.courier, addresses.courier),
            ] {
                let name = "the \(environment.rawValue) \(option.rawValue)"
                wanted.append((option, name, Address(host: address.host, port: address.port)))
            }
        }
        wanted.append((.control, "the control API", self.control))
        for (option, name, address) in wanted {
            guard 0...65_535 ~= address.port else {
                throw ConfigurationDefect(
                    subject: .option(option),
                    message: "\(name) would be on port \(address.port): ports end at 65535, and with environment"
                        + " `both` production's are \(Self.productionPortOffset) above sandbox's"
                )
            }
            if !self.exposesToNetwork, !address.isLoopback {
                throw ConfigurationDefect(
                    subject: .option(option),
                    message: "\(name) would listen on \(address.host), where other machines reach it: whoever does can"
                        + " read every push and change what the server does. Where that is meant, say"
                        + " \(ServeOption.exposeToNetwork.flag) on"
                )
            }
            guard address.port != 0 else { continue }
            if let other = taken.updateValue(name, forKey: address) {
                throw ConfigurationDefect(
                    subject: .option(option),
                    message: "\(name) and \(other) cannot both have \(address)"
                )
            }
        }
    }

    private func objection(to identity: Identity) -> String? {
        if identity.topic.isEmpty { return "an identity needs a topic, such as \(Self.demoTopic)" }
        if let objection = self.objection(to: identity.environment) { return objection }
        let accepted = identity.kind.identityKind.environments
        if !accepted.contains(identity.environment.environment) {
            return "an identity of kind `\(identity.kind.rawValue)` is not accepted in \(identity.environment.rawValue)"
        }
        return nil
    }

    private func objection(to environment: PushEnvironment) -> String? {
        if self.servedEnvironments.contains(environment) { return nil }
        return "\(environment.rawValue) is not served: set environment to `\(environment.rawValue)` or to `both`"
    }

    private func checkDevices() throws(ConfigurationDefect) {
        var names: Set<String> = []
        var tokens: Set<String> = []
        for (index, device) in (self.devices ?? []).enumerated() {
            if let message = self.objection(to: device, names: &names) {
                throw ConfigurationDefect(subject: .device(index), message: message)
            }
            var topics: Set<String> = []
            for (appIndex, app) in device.apps.enumerated() {
                if let message = self.objection(to: app, of: device, topics: &topics, tokens: &tokens) {
                    throw ConfigurationDefect(subject: .app(appIndex, device: index), message: message)
                }
            }
        }
    }

    private func objection(to device: Device, names: inout Set<String>) -> String? {
        if let objection = MockDeviceConfiguration.objection(toName: device.name) { return objection }
        if device.name.utf8.count > DeviceSpecification.maximumNameSize {
            return "a device's name has at most \(DeviceSpecification.maximumNameSize) bytes"
        }
        if device.name.contains("/") {
            return "a device's name has no slash, because it stands in addresses of the API"
        }
        if !names.insert(device.name).inserted { return "two devices are called `\(device.name)`" }
        return self.objection(to: device.environment)
    }

    private func objection(
        to app: Device.App,
        of device: Device,
        topics: inout Set<String>,
        tokens: inout Set<String>
    ) -> String? {
        if app.topic.isEmpty { return "an app needs a topic, such as \(Self.demoTopic)" }
        if !topics.insert(app.topic).inserted { return "`\(device.name)` has `\(app.topic)` twice" }
        guard let text = app.token else { return nil }
        if let objection = self.objection(toToken: text) { return objection }
        let key = "\(device.environment.rawValue) \(text.lowercased())"
        return tokens.insert(key).inserted ? nil : "two apps in \(device.environment.rawValue) have this token"
    }

    /// What is wrong with a token; `nil`: nothing.
    private func objection(toToken text: String) -> String? {
        if let flaw = TokenText.flaw(in: text) { return "`\(text)` is no device token: \(flaw)" }
        let sizes = self.serviceProfile.tokenSizes
        guard !sizes.contains(text.utf8.count / 2) else { return nil }
        let size = sizes.count == 1 ? "\(sizes.lowerBound)" : "\(sizes.lowerBound) to \(sizes.upperBound)"
        return "`\(text)` has \(text.utf8.count / 2) bytes, a device token has \(size)"
    }
}

extension GatehouseConfiguration.IdentityKind {
    var identityKind: IdentityKind {
        switch self {
        case .development: .development
        case .production: .production
        case .universal: .universal
        case .voip: .voip
        }
    }
}
