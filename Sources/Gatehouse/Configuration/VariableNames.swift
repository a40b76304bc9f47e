import PushVocabulary

/// The environment variables that begin with `GATEHOUSE_`.
enum VariableNames {
    private static let prefix = "GATEHOUSE_"

    /// What control requests have to show. Only ever a variable: flags and files can be read by others.
    static let adminToken = "GATEHOUSE_ADMIN_TOKEN"

    /// What `exec` tells its command; the command may well start another Gatehouse, which is not meant by them.
    static let ofExec: Set<String> = [
        "GATEHOUSE_READY", "GATEHOUSE_CONTROL_URL", "GATEHOUSE_GATEWAY_HOST", "GATEHOUSE_GATEWAY_PORT",
        "GATEHOUSE_FEEDBACK_PORT", "GATEHOUSE_COURIER_PORT", "GATEHOUSE_CA_FILE", "GATEHOUSE_CERT_FILE",
        "GATEHOUSE_KEY_FILE", "GATEHOUSE_PEM_FILE", "GATEHOUSE_P12_FILE", "GATEHOUSE_TOPIC", "GATEHOUSE_TOKEN",
    ]

    /// Whether a variable named like an option is not one: `exec` puts the ready record into `GATEHOUSE_READY`.
    static func isForeign(_ name: String, _ value: String) -> Bool {
        name == ServeOption.ready.variable && value.hasPrefix("{")
    }

    /// One sentence for each variable that looks like ours and is not.
    static func warnings(about variables: [String: String]) -> [String] {
        let known = ServeOption.allCases.map(\.variable) + [Self.adminToken]
        return variables.keys.sorted().compactMap { name in
            guard name.hasPrefix(Self.prefix), !known.contains(name), !Self.ofExec.contains(name) else { return nil }
            let suggestion = NearestName.of(name, among: known).map { " Did you mean \($0)?" } ?? ""
            return "The variable \(name) is none of Gatehouse's and changes nothing.\(suggestion)"
        }
    }
}
