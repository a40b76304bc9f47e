import ControlAPI
import PushServer

/// Every setting of `serve` with the value it has and where that comes from.
package enum ConfigurationReport {
    private struct Row {
        let option: ServeOption
        let value: String
        let origin: String
    }

    /// - Parameter directory: where certificates lie when nobody says where.
    package static func answer(about configuration: GatehouseConfiguration, certificates directory: String)
        -> CommandAnswer
    {
        let rows = ServeOption.allCases.filter { $0 != .port && $0 != .config }.map { option in
            let origin = configuration.origins[option] ?? .standard
            return Row(
                option: option,
                value: configuration.text(of: option, certificates: directory),
                origin: origin.description
            )
        }
        let table = TextTable(
            [["OPTION", "VALUE", "ORIGIN"]]
                + rows.map { [$0.option.rawValue, $0.value.isEmpty ? "-" : $0.value, $0.origin] }
        )
        let values = rows.map { row -> JSONValue in
            [
                "option": .string(row.option.rawValue), "value": .string(row.value), "origin": .string(row.origin),
                "flag": .string(row.option.flag), "variable": .string(row.option.variable),
            ]
        }
        return CommandAnswer(text: table.text, value: ["options": .array(values)])
    }
}

extension GatehouseConfiguration {
    /// A setting's value as it would be written; empty: none.
    func text(of option: ServeOption, certificates directory: String) -> String {
        switch option {
        case .config, .port: ""
        case .gateway: self.gateway.description
        case .feedback: self.feedback.description
        case .courier: self.courier.description
        case .control: self.control.description
        case .environment: self.environment.rawValue
        case .profile: self.profile
        case .magicTokens: self.magicTokens ? "on" : "off"
        case .exposeToNetwork: self.exposesToNetwork ? "on" : "off"
        case .seed: self.seed.map { String($0) } ?? "random"
        case .state: self.stateFile ?? ""
        case .certs: self.certificates ?? directory
        case .sans: self.additionalNames.joined(separator: ",")
        case .allowedHosts: self.allowedHosts.joined(separator: ",")
        case .networkProfiles: self.networkProfiles ?? ""
        case .courierCredentials: self.courierCredentials.rawValue
        case .courierAuthentication: self.courierOptions.authentication.rawValue
        case .courierTokens: self.courierOptions.tokens.rawValue
        case .courierTokenEcho: self.courierOptions.tokenEcho.rawValue
        case .courierProtocols:
            self.courierOptions.protocols.isEmpty ? "none" : self.courierOptions.protocols.joined(separator: ",")
        case .courierIdle: self.courierOptions.idleTimeout.map { "\($0.components.seconds)s" } ?? "never"
        case .clock: self.clock.rawValue
        case .ready: self.ready.rawValue
        case .readyFile: self.readyFile ?? ""
        case .logFormat: self.logFormat?.rawValue ?? ""
        case .logLevel: self.logLevel?.rawValue ?? ""
        default:
            self.limitText(of: option) ?? ServiceProfile.choices.first { $0.name == option.rawValue }?.value(
                in: self.serviceProfile
            ) ?? ""
        }
    }
}
