import APNSWire
import PushVocabulary

/// The items of command 2, well-formed frames first.
extension ConformanceCheck {
    static let items: [ConformanceCheck] = [
        ConformanceCheck(
            ConformanceRow(
                "item-orders",
                "The items may stand in any order: as most clients, as pushy and backwards.",
                .items,
                .binaryProviderAPI
            )
        ) { target in
            [[1, 2, 3, 4, 5], [3, 1, 2, 4, 5], [5, 4, 3, 2, 1], [2, 1, 3, 5, 4]].map { (order: [UInt8]) in
                let text = order.map(String.init).joined(separator: ", ")
                return Exchange("order \(text)", [target.frame(1, .items(order: order))], expect: .silence)
            }
        },
        .omission(
            "item-3-omitted",
            "A frame without an identifier is accepted.",
            .binaryProviderAPI,
            order: [1, 2, 4, 5]
        ),
        .omission(
            "item-4-omitted",
            "A frame without an expiry is accepted.",
            .field("node-apn, pushy wiki"),
            order: [1, 2, 3, 5]
        ),
        .omission(
            "item-5-omitted",
            "A frame without a priority is accepted.",
            .field("node-apn, pushy wiki"),
            order: [1, 2, 3, 4]
        ),
        .omission(
            "only-token-and-payload",
            "Token and payload alone are a whole frame.",
            .binaryProviderAPI,
            order: [1, 2]
        ),
        ConformanceCheck(
            ConformanceRow(
                "item-unknown",
                "An item of an unknown number is skipped.",
                .items,
                .inferred("misframed frames met such numbers and got no error of their own")
            )
        ) { target in
            let (token, payload) = (target.goodToken.bytes, ConformanceTarget.payload)
            let frame = RawFrame.items([
                RawFrame.item(3, RawFrame.uint32(1)), RawFrame.item(9, [1, 2, 3]), RawFrame.item(1, token),
                RawFrame.item(0x40, []), RawFrame.item(2, payload),
            ])
            return [Exchange([frame], expect: .silence)]
        },
        ConformanceCheck(
            ConformanceRow("item-1-missing", "A frame without a token gets status 2.", .items, .binaryProviderAPI)
        ) { target in
            [Exchange([target.frame(2, .items(order: [3, 2, 4, 5]))], expect: .packet(status: 2, identifier: 2))]
        },
        ConformanceCheck(
            ConformanceRow("item-2-missing", "A frame without a payload gets status 4.", .items, .binaryProviderAPI)
        ) { target in
            [Exchange([target.frame(2, .items(order: [3, 1, 4, 5]))], expect: .packet(status: 4, identifier: 2))]
        },
    ]

    private static func omission(
        _ id: String,
        _ title: String,
        _ source: ConformanceSource,
        order: [UInt8]
    ) -> ConformanceCheck {
        ConformanceCheck(
            ConformanceRow(id, title, .items, source),
            hint: "only the token and the payload are required"
        ) { target in [Exchange([target.frame(1, .items(order: order))], expect: .silence)] }
    }

    static let malformedItems: [ConformanceCheck] = [
        ConformanceCheck(
            ConformanceRow(
                "item-wrong-size",
                "An identifier, expiry or priority of another size gets status 128.",
                .items,
                .chosen
            )
        ) { target in
            let (identifier, token) = (RawFrame.item(3, RawFrame.uint32(2)), RawFrame.item(1, target.goodToken.bytes))
            let payload = RawFrame.item(2, ConformanceTarget.payload)
            func exchange(_ label: String, _ items: [[UInt8]], identifier: UInt32) -> Exchange {
                Exchange(label, [RawFrame.items(items)], expect: .packet(status: 128, identifier: identifier))
            }
            return [
                exchange("identifier of 3 bytes", [token, payload, RawFrame.item(3, [0, 0, 2])], identifier: 0),
                exchange(
                    "expiry of 8 bytes",
                    [
                        identifier, token, payload, RawFrame.item(4, Array(repeating: 0, count: 8)),
                    ],
                    identifier: 2
                ),
                exchange(
                    "priority of 4 bytes",
                    [
                        identifier, token, payload, RawFrame.item(5, [0, 0, 0, 10]),
                    ],
                    identifier: 2
                ),
            ]
        },
        ConformanceCheck(
            ConformanceRow(
                "item-duplicate",
                "An item that stands in the frame twice gets the answer that is expected of this gateway: 128.",
                .items,
                .inferred("Apple demands exactly one token and one payload; the status is our choice")
            )
        ) { target in
            let status = target.expectations.duplicateItemStatus
            let expected = status.map { Exchange.Expected.packet(status: $0, identifier: 2) } ?? .silence
            return (1...5 as ClosedRange<UInt8>).map { item in
                Exchange("item \(item)", [target.frame(2, .items(order: [3, 1, 2, 4, 5, item]))], expect: expected)
            }
        },
        ConformanceCheck(
            ConformanceRow(
                "item-overrun",
                "A payload item that runs past the end of its frame counts as missing: status 4.",
                .items,
                .field("houston #56, go-libapns #14")
            )
        ) { target in
            let start = [RawFrame.item(3, RawFrame.uint32(2)), RawFrame.item(1, target.goodToken.bytes)]
            let overrun = RawFrame.item(2, ConformanceTarget.payload, stated: ConformanceTarget.payload.count + 10)
            return [Exchange([RawFrame.items(start + [overrun])], expect: .packet(status: 4, identifier: 2))]
        },
        ConformanceCheck(
            ConformanceRow(
                "item-token-size-misstated",
                "A token of another size than its item says hides the payload: status 4.",
                .items,
                .field("houston #56: clients that always wrote length 32")
            )
        ) { target in
            let token = target.goodToken.bytes
            let payload = RawFrame.item(2, ConformanceTarget.payload)
            let identifier = RawFrame.item(3, RawFrame.uint32(2))
            let long = RawFrame.item(1, token + [0xEE, 0xEE, 0xEE, 0xEE], stated: token.count)
            let short = RawFrame.item(1, Array(token.dropLast(4)), stated: token.count)
            return [
                Exchange(
                    "longer",
                    [RawFrame.items([long, payload, identifier])],
                    expect: .packet(status: 4, identifier: 0)
                ),
                Exchange(
                    "shorter",
                    [RawFrame.items([short, payload, identifier])],
                    expect: .packet(status: 4, identifier: 0)
                ),
            ]
        },
    ]
}
