import ControlAPI
import PushVocabulary

/// What `exec` tells its command: the ready record, and the parts of it that most tests need, one by one.
package enum ExecVariables {
    /// The variables for a command.
    ///
    /// What is about one environment, identity and app is about the first environment served, and in it the first app of
    /// the first connected device that there is an identity for. A variable without a value, for want of such an app,
    /// is left out: one that another `exec` around this one has set is not passed on.
    ///
    /// - Parameter inherited: the environment of this process.
    package static func of(
        _ gatehouse: Gatehouse,
        over inherited: [String: String]
    ) -> [String: String] {
        Self.of(gatehouse.readyRecord, over: inherited)
    }

    static func of(_ record: ReadyRecord, over inherited: [String: String]) -> [String: String] {
        var variables = inherited.filter { !VariableNames.ofExec.contains($0.key) }
        variables["GATEHOUSE_READY"] = record.line
        variables["GATEHOUSE_CONTROL_URL"] = record.control
        variables["GATEHOUSE_CA_FILE"] = record.caFile
        guard let environment = Environment.allCases.first(where: { record.environments[$0.rawValue] != nil }),
            let services = record.environments[environment.rawValue]
        else { return variables }
        variables["GATEHOUSE_GATEWAY_HOST"] = services.gateway.reachableHost
        variables["GATEHOUSE_GATEWAY_PORT"] = String(services.gateway.port)
        variables["GATEHOUSE_FEEDBACK_PORT"] = String(services.feedback.port)
        variables["GATEHOUSE_COURIER_PORT"] = String(services.courier.port)
        let identities = record.identities.filter { $0.environment == environment }
        let app = Self.app(of: record, in: environment, identities)
        guard let identity = identities.first(where: { $0.topic == app?.topic }) ?? identities.first else {
            return variables
        }
        variables["GATEHOUSE_TOPIC"] = identity.topic
        variables["GATEHOUSE_TOKEN"] = app?.token
        variables["GATEHOUSE_CERT_FILE"] = identity.certFile
        variables["GATEHOUSE_KEY_FILE"] = identity.keyFile
        variables["GATEHOUSE_PEM_FILE"] = identity.pemFile
        variables["GATEHOUSE_P12_FILE"] = identity.p12File
        return variables
    }

    private static func app(
        of record: ReadyRecord,
        in environment: Environment,
        _ identities: [ReadyRecord.Identity]
    ) -> ReadyRecord.Device.App? {
        let topics = Set(identities.map(\.topic))
        return record.devices.lazy
            .filter { $0.connected && $0.environment == environment }
            .flatMap(\.apps)
            .first { topics.contains($0.topic) }
    }
}

extension ReadyRecord.Address {
    /// Where a client on this machine finds it: a wildcard is no address to connect to.
    fileprivate var reachableHost: String {
        switch self.host {
        case "0.0.0.0": "127.0.0.1"
        case "::": "::1"
        default: self.host
        }
    }
}
