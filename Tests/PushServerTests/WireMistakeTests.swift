import APNSWire
import MockDevice
import MockProvider
import NIOCore
import PushBroker
import PushLedger
import PushServer
import PushTestSupport
import PushVocabulary
import ServiceTestSupport
import Testing

/// The wire mistakes found in other fakes of the binary gateway, each as a test of not making it.
struct WireMistakeTests {
    private let unknown = Array(repeating: 0xEE as UInt8, count: 32)

    private func frame(
        _ token: DeviceToken,
        _ identifier: UInt32,
        format: OutgoingNotification.Format = .usualItems,
        payload: [UInt8]? = nil
    ) -> OutgoingNotification {
        var notification = OutgoingNotification.alert(to: token, identifier: identifier, format: format)
        if let payload { notification.payload = payload }
        return notification
    }

    private func payload(bytes count: Int) -> [UInt8] {
        let shell = #"{"aps":{"alert":""}}"#
        return Array(#"{"aps":{"alert":"\#(String(repeating: "x", count: count - shell.utf8.count))"}}"#.utf8)
    }

    @Test func `1: a notification split across reads keeps its place`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            var buffer = ByteBuffer()
            for identifier in 1...3 as ClosedRange<UInt32> {
                frame(tokens[0], identifier).write(into: &buffer)
            }
            for byte in buffer.readableBytesView { try await provider.send(bytes: [byte]) }
            let accepted = try await service.wait(NotificationFilter(verdict: .accepted), count: 3)
            #expect(accepted.map(\.wire.identifier) == [1, 2, 3])
            #expect(
                accepted.map(\.wire.offset)
                    == [0, accepted[0].wire.length, 2 * accepted[0].wire.length].map(UInt64.init)
            )
        }
    }

    @Test func `2, 3, 4: every notification of one read is taken, and the half of another waits`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            var buffer = ByteBuffer()
            for identifier in 1...50 as ClosedRange<UInt32> { frame(tokens[0], identifier).write(into: &buffer) }
            var half = ByteBuffer()
            frame(tokens[0], 51).write(into: &half)
            try await provider.send(bytes: Array(buffer.readableBytesView) + half.readableBytesView.prefix(20))
            try await service.wait(NotificationFilter(verdict: .accepted), count: 50)
            #expect(try await service.counters().received == 50)
            try await provider.send(bytes: Array(half.readableBytesView.dropFirst(20)))
            try await service.wait(NotificationFilter(verdict: .accepted, identifier: 51))
        }
    }

    @Test(arguments: [OutgoingNotification.Format.enhanced, .usualItems])
    func `5, 7, 8: the error packet starts with 8 and carries the refused frame's identifier`(
        _ format: OutgoingNotification.Format
    ) async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            var bad = frame(tokens[0], 0xCAFE, format: format)
            bad.token = unknown
            try await provider.send([frame(tokens[0], 1, format: format), frame(tokens[0], 2, format: format), bad])
            let heard = await provider.hear(until: .end, within: .seconds(5))
            #expect(Array(heard.bytes.readableBytesView) == [8, 8, 0, 0, 0xCA, 0xFE])
            #expect(heard.hasEnded)
        }
    }

    @Test func `6: the identifier is known although the bad item stands behind item 3`() async throws {
        try await TestService.with { service in
            let knownBad = OutgoingNotification(
                format: .items(order: [3, 1, 2, 4, 5]),
                token: [],
                payload: [],
                identifier: 7,
                expiry: 0,
                priority: 10
            )
            let first = try await service.client().connect()
            try await first.send([knownBad])
            #expect(await first.answer(within: .seconds(5)) == .packet(ErrorPacket(status: 2, identifier: 7)))
            var tokenFirst = knownBad
            tokenFirst.format = .usualItems
            let second = try await service.client().connect()
            try await second.send([tokenFirst])
            #expect(await second.answer(within: .seconds(5)) == .packet(ErrorPacket(status: 2, identifier: 0)))
        }
    }

    @Test func `9: success is silence`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            try await provider.send((1...20).map { frame(tokens[0], $0) })
            try await service.wait(NotificationFilter(verdict: .accepted), count: 20)
            #expect(await provider.hear(until: .end, within: .milliseconds(50)).bytes.readableBytes == 0)
        }
    }

    @Test(.seed("004-12"))
    func `10: the connection is closed after an error, and what follows is recorded as discarded`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            var bad = frame(tokens[0], 3)
            bad.token = unknown
            try await provider.send([
                frame(tokens[0], 1), frame(tokens[0], 2), bad, frame(tokens[0], 4), frame(tokens[0], 5),
            ])
            let heard = await provider.hear(until: .end, within: .seconds(5))
            #expect(heard.bytes.readableBytes == ErrorPacket.byteCount)
            #expect(heard.hasEnded)
            let all = try await service.notifications()
            #expect(all.map(\.verdict.kind) == [.accepted, .accepted, .rejected, .discarded, .discarded])
            #expect(all[4].verdict == .discarded(causedBy: all[2].id))
            #expect(all.map(\.wire.identifier) == [1, 2, 3, 4, 5])
            #expect(try await service.counters().addUp)
        }
    }

    @Test func `12: a wrong token size is 5 and an oversize payload 7, not missing`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            var shortToken = frame(tokens[0], 1, format: .enhanced)
            shortToken.token = Array(unknown.prefix(31))
            var long = frame(tokens[0], 2, format: .enhanced)
            long.payload = payload(bytes: 2_049)
            for (notification, status) in [(shortToken, ErrorStatus.invalidTokenSize), (long, .invalidPayloadSize)] {
                let provider = try await service.client().connect()
                try await provider.send([notification])
                let answer = await provider.answer(within: .seconds(5))
                #expect(answer == .packet(ErrorPacket(status: status, identifier: notification.identifier ?? 0)))
            }
        }
    }

    @Test func `11, 13: command 2 is complete with token and payload alone`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            try await provider.send([
                OutgoingNotification(
                    format: .items(order: [1, 2]),
                    token: tokens[0].bytes,
                    payload: Array(#"{"aps":{}}"#.utf8)
                )
            ])
            let delivered = try await service.wait(NotificationFilter(fate: .delivered))
            #expect(delivered[0].wire.identifier == nil)
        }
    }

    @Test(arguments: [3, 8, 0x16, 0xFF] as [UInt8])
    func `14, 15: an unknown command is neither guessed nor skipped, but closed without a byte`(
        _ command: UInt8
    ) async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            var buffer = ByteBuffer()
            frame(tokens[0], 1).write(into: &buffer)
            try await provider.send(bytes: [command] + Array(buffer.readableBytesView))
            #expect(await provider.answer(within: .seconds(5)) == .closed)
            let counters = try await service.counters()
            #expect(counters.accepted == 0)
            #expect(counters.rejected == 1)
        }
    }

    @Test(.seed("004-16"))
    func `16: the payload limit counts bytes, and the limit itself is fine`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            try await provider.send([frame(tokens[0], 1, payload: payload(bytes: 2_048))])
            try await service.wait(NotificationFilter(fate: .delivered))
            try await provider.send([frame(tokens[0], 2, payload: payload(bytes: 2_049))])
            #expect(await provider.answer(within: .seconds(5)) == .packet(ErrorPacket(status: 7, identifier: 0)))
        }
    }

    @Test func `17: a feedback tuple carries the time when the app went away, in seconds`() async throws {
        let clock = ProductClock(.manual, start: Instant(unixSeconds: 1_400_000_000))
        try await TestService.with(clock: clock) { service in
            let tokens = try await service.addPhone(topics: [TestService.topic, TestService.otherTopic])
            try await service.fleet.uninstall(TestService.topic, from: "phone")
            try await service.fleet.install("com.example.third", on: "phone")
            clock.freeze(at: Instant(unixSeconds: 1_400_000_600))
            let client = try service.client()
            let provider = try await client.connect()
            try await provider.send([.alert(to: tokens[0])])
            try await service.wait(NotificationFilter(fate: .undeliverable))
            clock.freeze(at: Instant(unixSeconds: 1_400_000_900))
            #expect(try await client.readFeedback() == [FeedbackTuple(timestamp: 1_400_000_000, token: tokens[0])])
        }
    }

    @Test func `19: a client that writes on after its bad frame still reads the six bytes`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            var bad = frame(tokens[0], 4_711)
            bad.token = unknown
            var tail = ByteBuffer()
            for identifier in 1...8_000 as ClosedRange<UInt32> {
                frame(tokens[0], identifier, payload: payload(bytes: 200)).write(into: &tail)
            }
            let rest = Array(tail.readableBytesView)
            #expect(rest.count > 2_000_000)
            for _ in 1...(LongTests.areWanted ? 1_000 : 10) {
                let provider = try await service.client().connect()
                try await provider.send([bad])
                try? await provider.send(bytes: rest)
                let answer = await provider.answer(within: .seconds(5))
                #expect(answer == .packet(ErrorPacket(status: .invalidToken, identifier: 4_711)))
                await provider.close()
            }
        }
    }

    @Test(.seed("004-11"))
    func `a refused simple frame gets no bytes, only the end of the stream`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            var bad = frame(tokens[0], 0, format: .simple)
            bad.token = unknown
            try await provider.send([bad, frame(tokens[0], 0, format: .simple)])
            let heard = await provider.hear(until: .end, within: .seconds(5))
            #expect(heard.bytes.readableBytes == 0)
            #expect(heard.hasEnded)
            #expect(try await service.notifications().map(\.verdict.kind) == [.rejected, .discarded])
        }
    }
}
