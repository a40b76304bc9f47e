import APNSWire
import PushVocabulary

extension ConformanceCheck {
    private static let sizedFormats: [(suffix: String, name: String, format: OutgoingNotification.Format)] = [
        ("command-1", "command 1", .enhanced), ("command-2", "command 2", ConformanceTarget.identifierFirst),
    ]

    /// A row for command 1 and one for command 2, the identifier standing first in both.
    private static func sized(
        _ id: String,
        _ title: String,
        _ source: ConformanceSource,
        status: UInt8,
        hint: String? = nil,
        frame: @escaping @Sendable (ConformanceTarget, OutgoingNotification.Format) throws -> [UInt8]
    ) -> [ConformanceCheck] {
        Self.sizedFormats.map { suffix, name, format in
            ConformanceCheck(
                ConformanceRow("\(id)-\(suffix)", "\(title) gets status \(status) in \(name).", .sizes, source),
                hint: hint
            ) { [Exchange([try frame($0, format)], expect: .packet(status: status, identifier: 2))] }
        }
    }

    static let tokenSizes: [ConformanceCheck] =
        Self.sized("token-empty", "An empty token", .field("node-apn #149, pushy #149"), status: 2) {
            $0.frame(2, $1, token: [])
        }
        + Self.sized("token-too-short", "A token that is too short", .field("pushy #424"), status: 5) {
            let sizes = $0.expectations.tokenSizes
            guard sizes.lowerBound > 1 else { throw SkippedRow(reason: "no token is too short for this gateway") }
            return $0.frame(2, $1, token: $0.token(size: sizes.lowerBound - 1))
        }
        + Self.sized("token-too-long", "A token that is too long", .field("pushy #424"), status: 5) {
            $0.frame(2, $1, token: $0.token(size: $0.expectations.tokenSizes.upperBound + 1))
        }
        + Self.sized(
            "token-and-payload-empty",
            "An empty token before an empty payload",
            .field("pushy #178: always 2, never 4"),
            status: 2,
            hint: "the token is judged before the payload"
        ) { $0.frame(2, $1, token: [], payload: []) }
        + Self.sized(
            "token-size-before-payload-size",
            "A token too short before a payload too long",
            .inferred("the token is judged before the payload"),
            status: 5,
            hint: "the token is judged before the payload"
        ) { $0.frame(2, $1, token: $0.token(size: $0.expectations.wrongTokenSize), payload: $0.payloadTooLong) }
        + [
            ConformanceCheck(
                ConformanceRow(
                    "token-longer-than-stated",
                    "Where a token is longer than command 1 says, the rest is taken for the payload's length: status 7.",
                    .sizes,
                    .field("ApnsPHP #159")
                ),
                hint: Self.judgeLengthsEarly
            ) { target in
                let token = target.goodToken.bytes
                let frame =
                    RawFrame.enhanced(2, tokenSize: token.count) + token + [0xFF, 0xFF, 0xFF, 0xFF]
                    + RawFrame.uint16(ConformanceTarget.payload.count) + ConformanceTarget.payload
                return [Exchange([frame], expect: .packet(status: 7, identifier: 2))]
            },
            ConformanceCheck(
                ConformanceRow(
                    "token-size-judged-early",
                    "A wrong token size is answered at once, without waiting for the token.",
                    .sizes,
                    .inferred("status 2 came for frames that ended there")
                ),
                hint: Self.judgeLengthsEarly
            ) { target in
                let size = target.expectations.tokenSizes.upperBound + 1
                return [
                    Exchange([RawFrame.enhanced(2, tokenSize: size)], expect: .packet(status: 5, identifier: 2))
                ]
            },
        ]

    private static let judgeLengthsEarly = "judge a length when it can be read, not after waiting for what it announces"

    static let payloadSizes: [ConformanceCheck] =
        Self.sized("payload-empty", "An empty payload", .binaryProviderAPI, status: 4) {
            $0.frame(2, $1, payload: [])
        }
        + Self.sized("payload-too-long", "A payload one byte above the limit", .field("apns4erl #161"), status: 7) {
            $0.frame(2, $1, payload: $0.payloadTooLong)
        }
        + Self.sized(
            "payload-size-before-identity",
            "A payload too long for an unknown token",
            .inferred("sizes can be judged before a token is looked up"),
            status: 7
        ) { $0.frame(2, $1, token: $0.unknownToken.bytes, payload: $0.payloadTooLong) }
        + [
            ConformanceCheck(
                ConformanceRow(
                    "payload-at-limit",
                    "A payload of exactly the limit is accepted in every command.",
                    .sizes,
                    .field("java-apns, where 255 was a client's mistake; the limit itself: PushSharp #422")
                )
            ) { target in
                ConformanceTarget.formats.map { name, format in
                    Exchange(name, [target.frame(1, format, payload: target.payloadAtLimit)], expect: .silence)
                }
            },
            ConformanceCheck(
                ConformanceRow(
                    "payload-limit-counts-bytes",
                    "The payload limit counts bytes, not characters.",
                    .sizes,
                    .apple("Creating the Remote Notification Payload")
                ),
                hint: "measure the payload as it stands on the wire"
            ) { target in
                let limit = target.expectations.maximumPayloadSize
                let (at, above) = (
                    ConformanceTarget.payload(size: limit, character: "\u{FC}"),
                    ConformanceTarget.payload(size: limit + 1, character: "\u{FC}")
                )
                return [
                    Exchange("at the limit", [target.frame(1, .enhanced, payload: at)], expect: .silence),
                    Exchange(
                        "above the limit",
                        [target.frame(2, .enhanced, payload: above)],
                        expect: .packet(status: 7, identifier: 2)
                    ),
                ]
            },
            ConformanceCheck(
                ConformanceRow(
                    "payload-size-judged-early",
                    "A payload that announces too many bytes is refused at once, without waiting for them.",
                    .sizes,
                    .inferred("status 7 came for a misread length whose bytes never came: ApnsPHP #159")
                ),
                hint: Self.judgeLengthsEarly
            ) { target in
                let token = target.goodToken.bytes
                let enhanced = RawFrame.enhanced(2, tokenSize: token.count) + token + [0xFF, 0xFF]
                let items = RawFrame.items(
                    [
                        RawFrame.item(3, RawFrame.uint32(2)), RawFrame.item(1, token),
                        RawFrame.item(2, [], stated: 60_000),
                    ],
                    lengthError: 60_000
                )
                return [
                    Exchange("command 1", [enhanced], expect: .packet(status: 7, identifier: 2)),
                    Exchange("command 2", [items], expect: .packet(status: 7, identifier: 2)),
                ]
            },
        ]
}
