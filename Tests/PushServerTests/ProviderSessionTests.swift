import APNSWire
import NIOCore
import PushServer
import PushTestSupport
import PushVocabulary
import Testing

/// What a provider's connection makes of its bytes, without a socket.
struct ProviderSessionTests {
    @Test func `however the reads are cut, a refused frame in the middle gives the same steps and offsets`() {
        let frames = (1...5).map { WireFrame.bytes($0, [.enhanced, .usualItems][Int($0 % 2)]) }
        let stream = Array(frames.joined())
        let offsets = frames.indices.map { UInt64(frames[..<$0].joined().count) }
        let expected: [ProviderStream.Step] = [
            .frame(1, offset: offsets[0]), .frame(2, offset: offsets[1]), .frame(3, offset: offsets[2]),
            .discarded(4, offset: offsets[3]), .discarded(5, offset: offsets[4]),
        ]
        for reads in everySplit(of: stream) {
            #expect(ProviderStream.steps(of: reads, refusing: 3) == expected, "\(reads.map(\.count))")
        }
    }

    @Test func `any number of random cuts changes nothing either`() {
        var random = SeededGenerator(seed: 11)
        let stream = (1...9).flatMap { WireFrame.bytes($0, .usualItems) }
        let expected = ProviderStream.steps(of: [stream[...]], refusing: 5)
        for _ in 0..<200 {
            let cuts = (0..<12).map { _ in Int.random(in: 0...stream.count, using: &random) }.sorted()
            let edges = [0] + cuts + [stream.count]
            let reads = zip(edges, edges.dropFirst()).map { stream[$0..<$1] }
            #expect(ProviderStream.steps(of: reads, refusing: 5) == expected)
        }
    }

    struct Malformed: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        let reason: FrameRejection.Reason

        init(_ name: String, _ bytes: [UInt8], _ reason: FrameRejection.Reason) {
            self.testDescription = name
            self.bytes = bytes
            self.reason = reason
        }

        /// Its form is wrong, not only its sizes: what it was to carry cannot be known.
        var isMisframed: Bool {
            switch self.reason {
            case .tokenSize, .payloadSize: false
            case .missingToken, .missingPayload: self.bytes[0] == 2
            default: true
            }
        }

        /// What it carries for an identifier, where it can be read.
        var identifier: UInt32? { self.bytes[0] == 0 ? nil : 7 }

        static let tokenItem = WireFrame.item(1, WireFrame.token)
        static let payloadItem = WireFrame.item(2, WireFrame.payload)
        static let long = Array(repeating: 0x78 as UInt8, count: 2_049)

        /// Each kind whose length can still be read.
        static let measurable: [Malformed] = [
            Malformed("simple, short token", WireFrame.bytes(0, .simple, token: [1, 2]), .tokenSize(2)),
            Malformed("simple, no payload", WireFrame.bytes(0, .simple, payload: []), .missingPayload),
            Malformed("enhanced, no token", WireFrame.bytes(7, token: []), .missingToken),
            Malformed("enhanced, long payload", WireFrame.bytes(7, payload: Self.long), .payloadSize(2_049)),
            Malformed("items, no item", WireFrame.items(), .missingToken),
            Malformed("items, no payload", WireFrame.items(Self.tokenItem), .missingPayload),
            Malformed("items, long token", WireFrame.bytes(7, .usualItems, token: Self.long), .tokenSize(2_049)),
            Malformed(
                "items, two tokens",
                WireFrame.items(Self.tokenItem, Self.tokenItem, Self.payloadItem),
                .duplicateItem(1)
            ),
            Malformed(
                "items, priority of two bytes",
                WireFrame.items(Self.tokenItem, Self.payloadItem, WireFrame.item(5, [0, 10])),
                .itemSize(item: 5, size: 2)
            ),
            Malformed(
                "items, one runs over",
                WireFrame.items(Self.tokenItem, Self.payloadItem, [9, 0, 5, 1]),
                .itemOverrun(9)
            ),
            Malformed(
                "items, bytes left",
                WireFrame.items(Self.tokenItem, Self.payloadItem, [9, 0]),
                .trailingBytes(2)
            ),
        ]

        static let unmeasurable: [Malformed] = [
            Malformed("command 3", [3] + WireFrame.bytes(7), .unknownCommand(3)),
            Malformed("command 255", [255], .unknownCommand(255)),
            Malformed("65,536 bytes announced", [2, 0, 1, 0, 0], .frameLength(65_536)),
        ]
    }

    @Test(.seed("004-17"), arguments: Malformed.measurable)
    func `behind a malformed frame the good ones are found again, and only counted`(_ malformed: Malformed) {
        let first = WireFrame.bytes(1)
        let behind = [WireFrame.bytes(2, .usualItems), WireFrame.bytes(0, .simple), WireFrame.bytes(4)]
        let start = UInt64(first.count)
        let end = start + UInt64(malformed.bytes.count)
        let expected: [ProviderStream.Step] = [
            .frame(1, offset: 0), .malformed(malformed.reason, offset: start), .discarded(2, offset: end),
            .discarded(nil, offset: end + UInt64(behind[0].count)),
            .discarded(4, offset: end + UInt64(behind[0].count + behind[1].count)),
        ]
        for reads in everySplit(of: first + malformed.bytes + behind.joined()) {
            #expect(ProviderStream.steps(of: reads) == expected, "\(reads.map(\.count))")
        }
    }

    @Test(arguments: Malformed.measurable)
    func `what is recorded of a malformed frame is its own bytes, as far as they have come`(_ malformed: Malformed) {
        var whole = ProviderStream()
        whole.receive(malformed.bytes + WireFrame.bytes(2))
        #expect(whole.malformedBytes == malformed.bytes)
        var slow = ProviderStream()
        for byte in malformed.bytes { slow.receive([byte]) }
        #expect(malformed.bytes.starts(with: slow.malformedBytes) && !slow.malformedBytes.isEmpty)
    }

    @Test(arguments: Malformed.unmeasurable)
    func `where the next frame cannot be known to start, the rest is passed over unread`(_ malformed: Malformed) {
        let first = WireFrame.bytes(1)
        let expected: [ProviderStream.Step] = [
            .frame(1, offset: 0), .malformed(malformed.reason, offset: UInt64(first.count)),
        ]
        for reads in everySplit(of: first + malformed.bytes + WireFrame.bytes(2)) {
            #expect(ProviderStream.steps(of: reads) == expected, "\(reads.map(\.count))")
        }
    }

    @Test(arguments: Malformed.measurable)
    func `behind a refused frame, one with wrong sizes is counted, one with a wrong form is stepped over`(
        _ malformed: Malformed
    ) {
        let refused = WireFrame.bytes(1)
        let end = UInt64(refused.count + malformed.bytes.count)
        for reads in everySplit(of: refused + malformed.bytes + WireFrame.bytes(2)) {
            let steps = ProviderStream.steps(of: reads, refusing: 1)
            let lost: [ProviderStream.Step] =
                malformed.isMisframed ? [] : [.discarded(malformed.identifier, offset: UInt64(refused.count))]
            let expected = [.frame(1, offset: 0)] + lost + [.discarded(2, offset: end)]
            #expect(steps == expected, "\(reads.map(\.count))")
        }
    }

    @Test(arguments: Malformed.unmeasurable)
    func `behind a refused frame, too, nothing is read past an unknowable boundary`(_ malformed: Malformed) {
        let stream = WireFrame.bytes(1) + WireFrame.bytes(2) + malformed.bytes + WireFrame.bytes(3)
        for reads in everySplit(of: stream) {
            let steps = ProviderStream.steps(of: reads, refusing: 1)
            #expect(steps == [.frame(1, offset: 0), .discarded(2, offset: UInt64(WireFrame.bytes(1).count))])
        }
    }

    @Test func `refusing the whole connection discards it from its first byte`() {
        var stream = ProviderStream()
        stream.session.refuse()
        stream.receive(WireFrame.bytes(1) + WireFrame.bytes(2))
        #expect(
            stream.steps == [.discarded(1, offset: 0), .discarded(2, offset: UInt64(WireFrame.bytes(1).count))]
        )
    }

    @Test func `a deaf session keeps nothing, and no session keeps more than one frame`() {
        var deaf = ProviderStream()
        deaf.receive([0xFF])
        for _ in 0..<100 {
            deaf.receive(Array(repeating: 0xFF, count: 10_000))
            #expect(deaf.buffer.readableBytes == 0)
        }
        let largest = 9 + 2 + 65_535 + 2 + 65_535
        var skipping = ProviderStream()
        skipping.receive(WireFrame.bytes(7, token: Array(repeating: 0, count: 65_535)).prefix(20))
        for _ in 0..<100 {
            skipping.receive(Array(repeating: 0xFF, count: 10_000))
            #expect(skipping.buffer.readableBytes <= largest)
        }
        #expect(skipping.steps.count == 1)
    }

    @Test func `one read may hold any number of malformed frames behind a refused one`() {
        var stream = ProviderStream(refusing: 1)
        let empties = Array(repeating: WireFrame.items(), count: 100_000).joined()
        stream.receive(WireFrame.bytes(1) + empties + WireFrame.bytes(2))
        #expect(stream.steps.last == .discarded(2, offset: UInt64(WireFrame.bytes(1).count + empties.count)))
    }
}

/// What a provider hears of a refusal.
struct ProviderAnswerTests {
    @Test(.seed("004-11", "004-12"), arguments: ErrorStatus.allCases)
    func `a simple frame is refused in silence, the others with a packet`(_ status: ErrorStatus) {
        #expect(ProviderAnswer(status: status, command: 0, identifier: nil) == .silence)
        for command in [1, 2] as [UInt8] {
            let packet = ErrorPacket(status: status, identifier: 9)
            #expect(ProviderAnswer(status: status, command: command, identifier: 9) == .packet(packet))
            let anonymous = ErrorPacket(status: status, identifier: 0)
            #expect(ProviderAnswer(status: status, command: command, identifier: nil) == .packet(anonymous))
        }
    }

    @Test func `an unknown command gets what the profile says`() {
        let rejection = FrameRejection(.unknownCommand(3), command: 3, identifier: nil)
        #expect(ProviderAnswer(to: rejection, profile: .standard) == .silence)
        let late = ServiceProfile.named("late") ?? .standard
        let packet = ErrorPacket(status: .protocolError, identifier: 0)
        #expect(ProviderAnswer(to: rejection, profile: late) == .packet(packet))
        let other = FrameRejection(.missingToken, command: 2, identifier: 4)
        for profile in ServiceProfile.all {
            let packet = ErrorPacket(status: .missingDeviceToken, identifier: 4)
            #expect(ProviderAnswer(to: other, profile: profile) == .packet(packet))
        }
    }
}
