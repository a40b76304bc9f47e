package import PushVocabulary

extension Environment {
    /// The environment a TLS server name of a real host selects, whatever the port; `nil` for any other name.
    package init?(realHostName name: String) {
        let name = name.lowercased()
        guard name.hasSuffix(".push.apple.com") else { return nil }
        let services = ["gateway", "feedback", "courier"]
        let labels = name.dropLast(".push.apple.com".count).split(separator: ".")
        // Devices may dial `<n>-courier`.
        let service = labels.first.map { $0.drop { $0.isNumber || $0 == "-" } }
        guard let service, services.contains(String(service)) else { return nil }
        switch labels.count {
        case 1: self = .production
        case 2 where labels[1] == "sandbox": self = .sandbox
        default: return nil
        }
    }
}
