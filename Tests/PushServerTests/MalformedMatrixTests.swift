import APNSWire
import MockProvider
import NIOCore
import PushBroker
import PushLedger
import PushServer
import PushTestSupport
import PushVocabulary
import ServiceTestSupport
import Testing

/// One row of the matrix of malformed input: bytes, and what a provider hears.
struct MalformedRow: CustomTestStringConvertible, Sendable {
    enum Reply: Hashable, Sendable {
        case packet(UInt8, UInt32)
        /// The end of the stream without a byte.
        case end
    }

    let testDescription: String
    let bytes: [UInt8]
    let reply: Reply

    init(_ row: String, _ bytes: [UInt8], _ reply: Reply) {
        self.testDescription = row
        self.bytes = bytes
        self.reply = reply
    }

    private static let token = WireFrame.item(1, WireFrame.token)
    private static let payload = WireFrame.item(2, WireFrame.payload)
    private static let identifier = WireFrame.item(3, [0, 0, 0, 7])
    private static let expiry = WireFrame.item(4, [0, 0, 0, 0])
    private static let priority = WireFrame.item(5, [10])
    private static let long = Array(repeating: 0x78 as UInt8, count: 2_049)
    private static let simpleToken = Array(WireFrame.bytes(0, .simple).prefix(35))
    private static let enhancedToken = Array(WireFrame.bytes(7).prefix(43))

    /// Command 0: whatever is wrong, the connection is cut without bytes.
    static let simple = [
        MalformedRow("command 0, token length 0", WireFrame.bytes(0, .simple, token: []), .end),
        MalformedRow("command 0, token length 31", WireFrame.bytes(0, .simple, token: [1]), .end),
        MalformedRow("command 0, payload length 0", WireFrame.bytes(0, .simple, payload: []), .end),
        MalformedRow("command 0, payload too long", Self.simpleToken + [0x08, 0x01], .end),
        MalformedRow("command 0, unknown token", WireFrame.bytes(0, .simple), .end),
        MalformedRow("unknown command byte", [3, 0, 0, 0, 0], .end),
        MalformedRow("first byte of plain text", Array("GET / HTTP/1.0".utf8), .end),
    ]

    static let sizes = [
        MalformedRow("command 1, token length 0", WireFrame.bytes(7, token: []), .packet(2, 7)),
        MalformedRow("command 1, token length 0, nothing behind it", [1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0], .packet(2, 7)),
        MalformedRow("command 1, token length 31", [1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 31], .packet(5, 7)),
        MalformedRow("command 1, token length 33", [1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 33], .packet(5, 7)),
        MalformedRow("command 1, payload length 0", WireFrame.bytes(7, payload: []), .packet(4, 7)),
        MalformedRow("command 1, token 0 and payload 0", WireFrame.bytes(7, token: [], payload: []), .packet(2, 7)),
        MalformedRow(
            "command 1, wrong token size and payload 0",
            WireFrame.bytes(7, token: [1], payload: []),
            .packet(5, 7)
        ),
        MalformedRow(
            "command 1, payload too long, its bytes never sent",
            Self.enhancedToken + [0x08, 0x01],
            .packet(7, 7)
        ),
        MalformedRow(
            "command 1, unknown token and payload too long",
            WireFrame.bytes(7, payload: Self.long),
            .packet(7, 7)
        ),
        MalformedRow(
            "command 1, token longer than its stated length: the rest is read as a payload length",
            Self.enhancedToken + Array(repeating: 0x70, count: 4) + [0, 9] + WireFrame.payload,
            .packet(7, 7)
        ),
        MalformedRow(
            "command 2, token length 0 before item 3",
            WireFrame.bytes(7, .usualItems, token: []),
            .packet(2, 0)
        ),
        MalformedRow(
            "command 2, token length 0 behind item 3",
            WireFrame.items(Self.identifier, WireFrame.item(1, []), Self.payload),
            .packet(2, 7)
        ),
        MalformedRow("command 2, token length 31", WireFrame.bytes(7, .usualItems, token: [1]), .packet(5, 0)),
        MalformedRow(
            "command 2, payload length 0 behind item 3",
            WireFrame.items(Self.identifier, Self.token, WireFrame.item(2, [])),
            .packet(4, 7)
        ),
        MalformedRow(
            "command 2, payload too long, its bytes never sent",
            [2, 0, 0, 9, 0] + Self.identifier + Self.token + [2, 0x08, 0x01],
            .packet(7, 7)
        ),
    ]

    static let items = [
        MalformedRow(
            "command 2, item 2 runs past the end of the frame",
            WireFrame.items(Self.identifier, Self.token, [2, 0, 200] + WireFrame.payload),
            .packet(4, 7)
        ),
        MalformedRow(
            "command 2, a shorter token than stated swallows the payload item",
            WireFrame.items([1, 0, 32] + Array(repeating: 0x70, count: 20), Self.payload, Self.identifier),
            .packet(4, 0)
        ),
        MalformedRow(
            "command 2, item 1 runs past the end of the frame",
            WireFrame.items(Self.identifier, [1, 0, 32, 1, 2]),
            .packet(2, 7)
        ),
        MalformedRow(
            "command 2, an item runs over although token and payload are there",
            WireFrame.items(Self.identifier, Self.token, Self.payload, [9, 0, 9, 0]),
            .packet(128, 7)
        ),
        MalformedRow(
            "command 2, identifier of three bytes",
            WireFrame.items(Self.token, Self.payload, WireFrame.item(3, [0, 0, 7])),
            .packet(128, 0)
        ),
        MalformedRow(
            "command 2, expiry of eight bytes",
            WireFrame.items(
                Self.identifier,
                Self.token,
                Self.payload,
                WireFrame.item(4, Array(repeating: 0, count: 8))
            ),
            .packet(128, 7)
        ),
        MalformedRow(
            "command 2, priority of two bytes",
            WireFrame.items(Self.identifier, Self.token, Self.payload, WireFrame.item(5, [0, 10])),
            .packet(128, 7)
        ),
        MalformedRow("command 2, two tokens", WireFrame.items(Self.token, Self.token, Self.payload), .packet(128, 0)),
        MalformedRow(
            "command 2, two payloads",
            WireFrame.items(Self.identifier, Self.token, Self.payload, Self.payload),
            .packet(128, 7)
        ),
        MalformedRow(
            "command 2, two identifiers",
            WireFrame.items(Self.identifier, WireFrame.item(3, [0, 0, 0, 8]), Self.token, Self.payload),
            .packet(128, 7)
        ),
        MalformedRow("command 2, no item 1", WireFrame.items(Self.identifier, Self.payload), .packet(2, 7)),
        MalformedRow("command 2, no item 2", WireFrame.items(Self.identifier, Self.token), .packet(4, 7)),
        MalformedRow("command 2, frame length 0", [2, 0, 0, 0, 0], .packet(2, 0)),
        MalformedRow("command 2, frame length 65,536", [2, 0, 1, 0, 0], .packet(128, 0)),
        MalformedRow("command 2, frame length of four billion", [2, 255, 255, 255, 255], .packet(128, 0)),
        MalformedRow(
            "command 2, frame length one too small: the last item runs over",
            Self.framed(WireFrame.items(Self.identifier, Self.token, Self.payload, Self.priority), by: -1),
            .packet(128, 7)
        ),
    ]

    /// The frame with its length off by so many bytes.
    private static func framed(_ frame: [UInt8], by offset: Int) -> [UInt8] {
        [2] + WireFrame.bigEndian(UInt32(frame.count - 5 + offset)) + frame.dropFirst(5)
    }

    static let tooLarge = Self.framed(WireFrame.items(Self.identifier, Self.token, Self.payload), by: 4)
    static let truncated = Array(WireFrame.bytes(7).dropLast(3))

    /// Right, and with an unknown token only: what the frame is taken for shows in status 8.
    static let fine = [
        MalformedRow(
            "command 2, an unknown item is skipped",
            WireFrame.items(
                Self.identifier,
                WireFrame.item(0x63, [1, 2, 3]),
                Self.token,
                Self.payload
            ),
            .packet(8, 7)
        ),
        MalformedRow(
            "command 2, no item 3",
            WireFrame.items(Self.token, Self.payload, Self.expiry, Self.priority),
            .packet(8, 0)
        ),
        MalformedRow(
            "command 2, no items 4 and 5",
            WireFrame.items(Self.token, Self.payload, Self.identifier),
            .packet(8, 7)
        ),
        MalformedRow(
            "command 2, items 5, 4, 3, 2, 1",
            WireFrame.items(
                Self.priority,
                Self.expiry,
                Self.identifier,
                Self.payload,
                Self.token
            ),
            .packet(8, 7)
        ),
        MalformedRow("command 1, unknown token", WireFrame.bytes(7), .packet(8, 7)),
    ]
}

/// The matrix of malformed input, row by row over real TLS: what is heard, that the connection ends, that nothing
/// behind it is taken, and that the ledger agrees.
struct MalformedMatrixTests {
    @Test(.seed("004-11", "004-17"), arguments: MalformedRow.simple)
    func `a simple or unreadable frame is cut off without a byte`(_ row: MalformedRow) async throws {
        try await self.check(row)
    }

    @Test(arguments: MalformedRow.sizes)
    func `sizes are judged where they stand, the token's before the payload's`(_ row: MalformedRow) async throws {
        try await self.check(row)
    }

    @Test(arguments: MalformedRow.items)
    func `a misframed command 2 gets the status of what it lacks, or 128`(_ row: MalformedRow) async throws {
        try await self.check(row)
    }

    @Test(arguments: MalformedRow.fine)
    func `what only looks odd is read in full, and its token is what is refused`(_ row: MalformedRow) async throws {
        try await self.check(row)
    }

    /// - Note: nothing of a row's frame is behind its mistake but what the row says: whoever waited for more would
    ///   answer nothing here.
    private func check(_ row: MalformedRow) async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone(connected: false)
            let provider = try await service.client().connect()
            try await provider.send([.alert(to: tokens[0], identifier: 1)])
            try await provider.send(bytes: row.bytes)
            let heard = await provider.hear(until: .end, within: .seconds(5))
            #expect(heard.hasEnded)
            var status: UInt8 = 0
            var expected: [UInt8] = []
            if case .packet(let code, let identifier) = row.reply {
                status = code
                expected = [8, code] + WireFrame.bigEndian(identifier)
            }
            #expect(Array(heard.bytes.readableBytesView) == expected)
            let all = try await service.notifications()
            try #require(all.count >= 2)
            #expect(all[0].verdict == .accepted)
            #expect(
                all[1].verdict == .rejected(status: status) || row.reply == .end && all[1].verdict.kind == .rejected
            )
            #expect(try await service.counters().rejected == 1)
            #expect(try await service.counters().addUp)
        }
    }

    @Test(
        arguments: MalformedRow.simple.prefix(5) + MalformedRow.sizes.prefix(2) + MalformedRow.items.suffix(8).prefix(3)
    )
    func `good frames behind a malformed one are dropped without trace`(_ row: MalformedRow) async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone(connected: false)
            let provider = try await service.client().connect()
            let good = (1...3).map { WireFrame.bytes($0, token: tokens[0].bytes) }
            try await provider.send(bytes: row.bytes + good.joined())
            let heard = await provider.hear(until: .end, within: .seconds(5))
            #expect(heard.bytes.readableBytes == (row.reply == .end ? 0 : 6), "and there is no second packet")
            #expect(try await service.counters().accepted == 0)
        }
    }

    @Test func `a frame length too large by four takes the next frame's head for an item, and 128 comes`() async throws
    {
        try await TestService.with { service in
            let tokens = try await service.addPhone(connected: false)
            let provider = try await service.client().connect()
            try await provider.send(bytes: MalformedRow.tooLarge)
            #expect(await provider.answer(within: .milliseconds(50)) == .silence, "it waits for the four bytes")
            try await provider.send([.alert(to: tokens[0], identifier: 8)])
            let answer = await provider.answer(within: .seconds(5))
            // The next frame starts 02 00 00 00: an empty item 2, the second of its kind.
            #expect(answer == .packet(ErrorPacket(status: .protocolError, identifier: 7)))
        }
    }

    @Test func `a truncated frame waits, and at the end of the stream it is dropped`() async throws {
        try await TestService.with { service in
            let provider = try await service.client().connect()
            try await provider.send(bytes: MalformedRow.truncated)
            #expect(await provider.answer(within: .milliseconds(100)) == .silence)
            provider.endOutput()
            #expect(await provider.answer(within: .seconds(5)) == .closed)
            #expect(try await service.counters().received == 0)
        }
    }

    @Test func `what was complete before the end of the stream is processed`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone(connected: false)
            let provider = try await service.client().connect()
            let good = WireFrame.bytes(1, token: tokens[0].bytes)
            try await provider.send(bytes: good + MalformedRow.truncated)
            provider.endOutput()
            #expect(await provider.hear(until: .end, within: .seconds(5)).hasEnded)
            #expect(try await service.counters().accepted == 1)
        }
    }

    /// What is no JSON dictionary in UTF-8, and where.
    static let payloads: [(String, [UInt8], String)] = [
        ("not UTF-8", Array(#"{"aps":{"alert":""#.utf8) + [0xFF] + Array(#""}}"#.utf8), "byte 17"),
        ("not JSON", Array(#"{"aps":{"alert":}}"#.utf8), "byte 16"),
        ("not a dictionary", Array(#"[{"aps":{}}]"#.utf8), "not a dictionary"),
        ("NUL at the end", Array(#"{"aps":{}}"#.utf8) + [0], "byte 10"),
        ("text behind it", Array(#"{"aps":{}} x"#.utf8), "byte 11"),
    ]

    @Test(arguments: Self.payloads)
    func `a payload that is of no use is accepted, never delivered, and recorded with the place of its defect`(
        _ name: String,
        _ payload: [UInt8],
        _ place: String
    ) async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            let good = WireFrame.bytes(2, token: tokens[0].bytes)
            try await provider.send(bytes: WireFrame.bytes(1, token: tokens[0].bytes, payload: payload) + good)
            try await service.wait(NotificationFilter(identifier: 2))
            let first = try await service.notifications()[0]
            #expect(first.verdict == .accepted)
            #expect(first.fate == .undeliverable(.unusablePayload))
            #expect(first.note?.contains(place) == true, "\(first.note ?? "no note")")
        }
    }

    @Test(arguments: Self.payloads)
    func `a strict gateway answers such a payload with status 1`(
        _ name: String,
        _ payload: [UInt8],
        _ place: String
    ) async throws {
        let strict = try #require(ServiceProfile.named("strict"))
        try await TestService.with(profile: strict) { service in
            let tokens = try await service.addPhone(connected: false)
            let provider = try await service.client().connect()
            try await provider.send(bytes: WireFrame.bytes(1, token: tokens[0].bytes, payload: payload))
            let answer = await provider.answer(within: .seconds(5))
            #expect(answer == .packet(ErrorPacket(status: .processingError, identifier: 1)))
            #expect(try await service.notifications()[0].note?.contains(place) == true)
        }
    }

    @Test(arguments: [false, true])
    func `a payload in UTF-16 is accepted and delivered`(_ isBigEndian: Bool) async throws {
        let units = Array(#"{"aps":{"alert":"hä"}}"#.utf16)
        let payload = units.flatMap { WireFrame.bigEndian(isBigEndian ? $0 : $0.byteSwapped) }
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            try await provider.send(bytes: WireFrame.bytes(1, token: tokens[0].bytes, payload: payload))
            let accepted = try await service.wait(NotificationFilter(verdict: .accepted))
            #expect(accepted[0].note == nil)
        }
    }
}
