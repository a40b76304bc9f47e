package import PushVocabulary

extension Environment {
    /// The environment a TLS server name of a real host selects, whatever the port; `nil` for any other name.
    package init?(realHostName name: String) {
        let name = name.lowercased()
        guard name.hasSuffix(".push.apple.com") else { return nil }
        let services = ["gateway", "feedback", "courier"]
        let labels = name.dropLast(".push.apple.com".count).split(separator: ".", omittingEmptySubsequences: false)
        guard let host = labels.first, services.contains(String(host)) || Self.isNumberedCourier(host) else {
            return nil
        }
        switch labels.count {
        case 1: self = .production
        case 2 where labels[1] == "sandbox": self = .sandbox
        default: return nil
        }
    }

    /// Devices may dial `<n>-courier`.
    private static func isNumberedCourier(_ label: Substring) -> Bool {
        let number = label.prefix { "0"..."9" ~= $0 }
        return !number.isEmpty && label.dropFirst(number.count) == "-courier"
    }
}
