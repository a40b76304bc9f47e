/// Why a payload is of no use to any device: the first mistake in it and where it stands.
///
/// The real gateway answered nothing to such payloads; devices dropped them. So they are accepted on the wire and
/// recorded with this.
package struct PayloadDefect: Error, Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case empty
        /// Nor well-formed UTF-16, where it looks like that.
        case notUTF8
        case syntax
        case notADictionary
        case nulTerminated
        case trailingBytes
        case nestedTooDeeply
    }

    package let kind: Kind
    /// Bytes before the mistake, from the start of the payload.
    package let offset: Int
    /// What would have been right there, for people.
    package let expected: String

    package init(_ kind: Kind, offset: Int, expected: String) {
        self.kind = kind
        self.offset = offset
        self.expected = expected
    }
}

extension PayloadDefect: CustomStringConvertible {
    package var description: String {
        switch self.kind {
        case .empty: "the payload is empty"
        case .notUTF8: "the payload is not \(self.expected) at byte \(self.offset)"
        case .syntax: "the payload is not JSON at byte \(self.offset): expected \(self.expected)"
        case .notADictionary: "the payload is JSON but not a dictionary"
        case .nulTerminated: "the payload ends in a NUL byte at byte \(self.offset); it must not be NUL-terminated"
        case .trailingBytes: "the payload goes on behind its JSON at byte \(self.offset)"
        case .nestedTooDeeply:
            "the payload nests deeper than \(PayloadCheck.maximumDepth) levels at byte \(self.offset)"
        }
    }
}
