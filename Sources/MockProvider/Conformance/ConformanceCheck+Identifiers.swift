import APNSWire
import PushVocabulary

/// Which identifier an error packet carries.
extension ConformanceCheck {
    /// A mistake in one item, whatever else stands in the frame.
    private struct Mistake {
        let name: String
        let status: UInt8
        let token: [UInt8]?
        let payload: [UInt8]

        static func all(for target: ConformanceTarget) -> [Mistake] {
            let good = ConformanceTarget.payload
            return [
                Mistake(name: "empty token", status: 2, token: [], payload: good),
                Mistake(
                    name: "wrong token size",
                    status: 5,
                    token: target.token(size: target.expectations.wrongTokenSize),
                    payload: good
                ),
                Mistake(name: "empty payload", status: 4, token: nil, payload: []),
                Mistake(name: "payload too long", status: 7, token: nil, payload: target.payloadTooLong),
            ]
        }

        func exchange(
            _ target: ConformanceTarget,
            _ format: OutgoingNotification.Format,
            identifier: UInt32
        ) -> Exchange {
            let frame = target.frame(0xCAFE, format, token: self.token, payload: self.payload)
            return Exchange(self.name, [frame], expect: .packet(status: self.status, identifier: identifier))
        }
    }

    static let identifiers: [ConformanceCheck] = [
        ConformanceCheck(
            ConformanceRow(
                "identifier-echoed",
                "An error packet repeats the identifier as it was received, whatever it is.",
                .identifiers,
                .binaryProviderAPI
            ),
            hint: "the identifier is opaque: four bytes, copied"
        ) { target in
            [0, 1, 0x0102_0304, 0xFFFF_FFFF].flatMap { (identifier: UInt32) in
                [OutgoingNotification.Format.enhanced, .usualItems].map { format in
                    Exchange(
                        "identifier \(WireText.bytes(RawFrame.uint32(identifier)))",
                        [target.badFrame(identifier, format)],
                        expect: .packet(status: 2, identifier: identifier)
                    )
                }
            }
        },
        ConformanceCheck(
            ConformanceRow(
                "identifier-command-1",
                "In command 1 every error carries the frame's identifier, which stands first.",
                .identifiers,
                .binaryProviderAPI
            )
        ) { target in
            Mistake.all(for: target).map { $0.exchange(target, .enhanced, identifier: 0xCAFE) }
        },
        ConformanceCheck(
            ConformanceRow(
                "identifier-item-3-late",
                "A token that is found to be unknown is reported with the identifier wherever item 3 stood.",
                .identifiers,
                .field("node-apn, which sends it third")
            ),
            hint: Self.unknownTokenHint
        ) { target in
            [[1, 2, 3, 4, 5], [1, 2, 4, 5, 3]].map { (order: [UInt8]) in
                Exchange(
                    "order \(order.map(String.init).joined(separator: ", "))",
                    [target.unknownTokenFrame(0xCAFE, .items(order: order))],
                    expect: .packet(status: 8, identifier: 0xCAFE)
                )
            }
        },
        ConformanceCheck(
            ConformanceRow(
                "identifier-item-3-first",
                "In command 2 an error in an item behind item 3 carries the frame's identifier.",
                .identifiers,
                .field("pushy, which moved it to the front for this")
            )
        ) { target in
            Mistake.all(for: target).map {
                $0.exchange(target, ConformanceTarget.identifierFirst, identifier: 0xCAFE)
            }
        },
        ConformanceCheck(
            ConformanceRow(
                "identifier-before-item-3",
                "In command 2 an error in an item that stands before item 3 carries identifier 0.",
                .identifiers,
                .field("node-apn #149")
            ),
            hint: "the real gateway stopped at the bad item and had not read the identifier yet"
        ) { target in Mistake.all(for: target).map { $0.exchange(target, .usualItems, identifier: 0) } },
        ConformanceCheck(
            ConformanceRow(
                "identifier-without-item-3",
                "An error in a frame without item 3 carries identifier 0.",
                .identifiers,
                .inferred("there is none to repeat")
            ),
            hint: Self.unknownTokenHint
        ) { target in
            let frame = target.unknownTokenFrame(nil, .items(order: [1, 2]))
            return [Exchange([frame], expect: .packet(status: 8, identifier: 0))]
        },
        ConformanceCheck(
            ConformanceRow(
                "identifier-of-the-refused",
                "The error packet names the refused frame, not the last good one before it.",
                .identifiers,
                .binaryProviderAPI
            )
        ) { target in
            [OutgoingNotification.Format.enhanced, .usualItems].map { format in
                Exchange(
                    format == .enhanced ? "command 1" : "command 2",
                    [
                        target.frame(1, format), target.frame(2, format),
                        target.badFrame(3, format), target.frame(4, format),
                    ],
                    expect: .packet(status: 2, identifier: 3)
                )
            }
        },
    ]
}
