import APNSWire
import PushVocabulary

/// Frames written out byte by byte, so that no mistake of an encoder can hide in them.
extension ConformanceCheck {
    /// Token 00 to 1f, payload {"aps":{"alert":"Hi"}}, identifier 11223344, expiry 60000000, priority 10.
    enum Vector {
        static let token = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        static let payload = "7b22617073223a7b22616c657274223a224869227d7d"

        static let simple = "00 0020 \(token) 0016 \(payload)"
        static let enhanced = "01 11223344 60000000 0020 \(token) 0016 \(payload)"
        static let items =
            "02 0000004e 01 0020 \(token) 02 0016 \(payload) 03 0004 11223344 04 0004 60000000 05 0001 0a"
        static let knownBad = "02 00000018 03 0004 00000007 01 0000 02 0000 04 0004 00000000 05 0001 0a"
        static let knownBadTokenFirst = "02 00000018 01 0000 02 0000 03 0004 00000007 04 0004 00000000 05 0001 0a"

        static func bytes(_ text: String) -> [UInt8] {
            Hexadecimal.bytes(from: text.filter { $0 != " " }) ?? []
        }
    }

    static let vectors: [ConformanceCheck] = [
        .vector("vector-command-0", "The 59 bytes of the simple frame are read.", .legacyFormat, Vector.simple) {
            .endWithoutByte
        },
        .vector("vector-command-1", "The 67 bytes of the enhanced frame are read.", .binaryProviderAPI, Vector.enhanced)
        {
            .packet(status: 8, identifier: 0x1122_3344)
        },
        .vector("vector-command-2", "The 83 bytes of the frame of items are read.", .binaryProviderAPI, Vector.items) {
            .packet(status: 8, identifier: 0x1122_3344)
        },
        ConformanceCheck(
            ConformanceRow(
                "vector-known-bad",
                "The 29 bytes of pushy's shutdown frame get status 2 with their identifier.",
                .vectors,
                .field("pushy #178")
            )
        ) { _ in [Exchange([Vector.bytes(Vector.knownBad)], expect: .packet(status: 2, identifier: 7))] },
        ConformanceCheck(
            ConformanceRow(
                "vector-known-bad-token-first",
                "The same with the token before the identifier gets status 2 with identifier 0.",
                .vectors,
                .field("node-apn #149")
            )
        ) { _ in [Exchange([Vector.bytes(Vector.knownBadTokenFirst)], expect: .packet(status: 2, identifier: 0))] },
    ]

    /// - Parameter expected: what comes when the vectors' token is unknown, as one may assume.
    private static func vector(
        _ id: String,
        _ title: String,
        _ source: ConformanceSource,
        _ text: String,
        expected: @escaping @Sendable () -> Exchange.Expected
    ) -> ConformanceCheck {
        ConformanceCheck(ConformanceRow(id, title, .vectors, source), hint: Self.unknownTokenHint) { target in
            let isKnown = target.goodToken.bytes == Vector.bytes(Vector.token)
            return [Exchange([Vector.bytes(text)], expect: isKnown ? .silence : expected())]
        }
    }
}
