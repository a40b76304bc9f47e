#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The names a server answers to, as its certificate lists them (RFC 5280, section 4.2.1.6).
enum SubjectAlternativeNames {
    private static let hostName = DER.Tag.context(2)
    private static let address = DER.Tag.context(7)

    /// - Returns: the extension's value.
    /// - Throws: ``IdentityError`` for a name that is neither a host name (a leading `*.` is allowed) nor an address.
    static func der(_ names: [String]) throws(IdentityError) -> [UInt8] {
        var members: [[UInt8]] = []
        for name in names {
            if let bytes = Self.addressBytes(name) {
                members.append(DER.value(Self.address, bytes))
            } else if Self.isHostName(name) {
                members.append(DER.value(Self.hostName, name.utf8))
            } else {
                throw IdentityError(.invalidName(name))
            }
        }
        return DER.sequence(members)
    }

    static func read(_ value: [UInt8]?) -> [String] {
        guard let value else { return [] }
        var outer = DERReader(value)
        guard var members = outer.enterSequence() else { return [] }
        var names: [String] = []
        while let member = members.next() {
            switch member.tag {
            case Self.hostName: names.append(String(decoding: member.content, as: UTF8.self))
            case Self.address: names.append(contentsOf: Self.addressText(Array(member.content)).map { [$0] } ?? [])
            default: continue
            }
        }
        return names
    }

    /// One spelling for each name, so that what was asked for can be compared with what a certificate says.
    static func normalized(_ name: String) -> String {
        Self.addressBytes(name).flatMap(Self.addressText) ?? name.lowercased()
    }

    /// 4 or 16 bytes, or `nil` when the text is not an address.
    private static func addressBytes(_ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes.prefix(4)) }
        return inet_pton(AF_INET6, text, &bytes) == 1 ? bytes : nil
    }

    private static func addressText(_ bytes: [UInt8]) -> String? {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func isHostName(_ name: String) -> Bool {
        guard 1...253 ~= name.utf8.count else { return false }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        return labels.enumerated().allSatisfy { index, label in
            if index == 0, label == "*", labels.count > 2 { return true }
            guard 1...63 ~= label.utf8.count else { return false }
            return label.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
        }
    }
}
