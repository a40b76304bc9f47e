import APNSWire

/// What is on the wire in good order is accepted, whatever a device would say to it.
extension ConformanceCheck {
    static let payloads: [ConformanceCheck] = [
        .accepted("payload-without-aps", "A payload without an aps dictionary is accepted.", .field("node-apn #344")) {
            [("no aps", $0.frame(1, payload: Array(#"{"mdm":"x"}"#.utf8)))]
        },
        .accepted("payload-utf-16", "A payload in UTF-16 is accepted.", .field("node-apn's documentation")) {
            let text = Array(#"{"aps":{"alert":"hi"}}"#.utf8).flatMap { [$0, 0] as [UInt8] }
            return [("little endian", $0.frame(1, payload: text))]
        },
        .accepted(
            "payload-odd-values",
            "A payload with a badge that is no number is accepted.",
            .chosen
        ) { [("badge as text", $0.frame(1, payload: Array(#"{"aps":{"badge":"3"}}"#.utf8)))] },
        .accepted(
            "payload-content-available",
            "Priority 10 with content-available alone is accepted.",
            .field("pushy wiki, 2014-04, though Apple calls it an error")
        ) { [("priority 10", $0.frame(1, payload: Array(#"{"aps":{"content-available":1}}"#.utf8)))] },
        ConformanceCheck(
            ConformanceRow(
                "payload-malformed",
                "A payload that is no JSON dictionary in UTF-8 gets the answer that is expected of this gateway.",
                .payloads,
                .chosen
            )
        ) { target in
            let malformed: [(String, [UInt8])] = [
                ("no JSON", Array("hello".utf8)), ("an array", Array("[1,2]".utf8)),
                ("cut off", Array(#"{"aps":{"#.utf8)),
                ("no UTF-8", Array(#"{"aps":""#.utf8) + [0xC3, 0x28, 0x22, 0x7D]),
                ("a NUL at the end", Array(#"{"aps":{}}"#.utf8) + [0]),
            ]
            return malformed.map { label, payload in
                let status = target.expectations.malformedPayloadStatus
                let expected = status.map { Exchange.Expected.packet(status: $0, identifier: 2) } ?? .silence
                return Exchange(label, [target.frame(2, .enhanced, payload: payload)], expect: expected)
            }
        },
        .accepted("priority-5", "Priority 5 is accepted.", .binaryProviderAPI) {
            [("priority 5", $0.frame(1, .usualItems, priority: 5))]
        },
        ConformanceCheck(
            ConformanceRow(
                "priority-unlisted",
                "A priority other than 5 and 10 gets the answer that is expected of this gateway.",
                .payloads,
                .chosen
            )
        ) { target in
            let status = target.expectations.otherPriorityStatus
            let expected = status.map { Exchange.Expected.packet(status: $0, identifier: 2) } ?? .silence
            return [0, 1, 255].map { (priority: UInt8) in
                Exchange("priority \(priority)", [target.frame(2, .usualItems, priority: priority)], expect: expected)
            }
        },
        .accepted("expiry-values", "No expiry is an error: zero, past, far future or negative.", .binaryProviderAPI) {
            target in
            [0, 1, 0x7FFF_FFFF, 0xFFFF_FFFF].map { (expiry: UInt32) in
                ("expiry \(WireText.bytes(RawFrame.uint32(expiry)))", target.frame(1, .enhanced, expiry: expiry))
            }
        },
    ]

    private static func accepted(
        _ id: String,
        _ title: String,
        _ source: ConformanceSource,
        frames: @escaping @Sendable (ConformanceTarget) -> [(label: String, frame: [UInt8])]
    ) -> ConformanceCheck {
        ConformanceCheck(ConformanceRow(id, title, .payloads, source)) { target in
            frames(target).map { Exchange($0.label, [$0.frame], expect: .silence) }
        }
    }
}
