/// What belongs together in a report.
package enum ConformanceGroup: String, Hashable, Sendable, CaseIterable {
    case vectors
    case success
    case framing
    case items
    case sizes
    case identifiers
    case errors
    case payloads
    case clients
    case tls
    case feedback
}

/// How well it is known that Apple's gateway behaved so.
package enum ConformanceEvidence: String, Hashable, Sendable, CaseIterable, Comparable {
    /// A document of Apple's says so.
    case apple
    /// Maintainers or users of clients saw it.
    case field
    /// It follows from what was seen.
    case inferred
    /// Nothing is known: it is what Gatehouse does, and another choice is no mistake.
    case chosen

    /// The better known comes first.
    package static func < (left: ConformanceEvidence, right: ConformanceEvidence) -> Bool {
        let order = Self.allCases
        return (order.firstIndex(of: left) ?? 0) < (order.firstIndex(of: right) ?? 0)
    }
}

/// One behaviour of the gateway that a client can observe.
package struct ConformanceRow: Hashable, Sendable, Identifiable {
    /// Stable: reports and scripts may name it.
    package let id: String
    /// The behaviour, as a sentence.
    package let title: String
    package let group: ConformanceGroup
    package let evidence: ConformanceEvidence
    /// Where the behaviour is known from, such as "Apple, Binary Provider API" or "field: houston #56".
    package let source: String

    init(_ id: String, _ title: String, _ group: ConformanceGroup, _ source: ConformanceSource) {
        self.id = id
        self.title = title
        self.group = group
        self.evidence = source.evidence
        self.source = source.text
    }
}

/// Evidence and where to find it.
struct ConformanceSource: Hashable, Sendable {
    let evidence: ConformanceEvidence
    let text: String

    static func apple(_ document: String) -> ConformanceSource { .init(evidence: .apple, text: "Apple, \(document)") }
    static func field(_ place: String) -> ConformanceSource { .init(evidence: .field, text: "field: \(place)") }
    static func inferred(_ from: String) -> ConformanceSource { .init(evidence: .inferred, text: "inferred: \(from)") }

    static let chosen = ConformanceSource(evidence: .chosen, text: "our choice: nothing is known of the real gateway")
    static let binaryProviderAPI = ConformanceSource.apple("Binary Provider API")
    static let legacyFormat = ConformanceSource.apple("Legacy Notification Format")
    static let technicalNote = ConformanceSource.apple("TN2265")
}
