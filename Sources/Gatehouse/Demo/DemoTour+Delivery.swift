import APNSWire
import MockProvider
import NIOCore
import PushVocabulary

extension DemoTour {
    /// What a provider sends in this tour: format 2, to be kept for an hour.
    func notification(_ identifier: UInt32, _ text: String, to token: String? = nil) -> OutgoingNotification {
        OutgoingNotification(
            token: DeviceToken(hexadecimal: token ?? self.token)?.bytes ?? [],
            payload: Array(#"{"aps":{"alert":"\#(text)"}}"#.utf8),
            identifier: identifier,
            expiry: UInt32(clamping: (ProductClock.systemNow() + .seconds(3_600)).unixSeconds),
            priority: 10
        )
    }

    // MARK: - 1

    func showDelivery() async throws(GatehouseError) {
        let start = try await self.gatehouse.cursor()
        let answer = try await self.unexpected {
            let connection = try await self.provider.connect()
            try await connection.send([self.notification(1, "Hello")])
            _ = try await self.wait(
                for: NotificationQuery(fate: .delivered),
                after: start,
                "a push to a connected phone is delivered"
            )
            let answer = await connection.answer(within: .milliseconds(50))
            await connection.leave()
            return answer
        }
        try self.check(answer == .silence, "the gateway answers nothing to what it accepts")
        self.tell(
            """
            1. A push arrives

            The provider shows its certificate, which says that it may push to \(Self.topic), and sends
            one notification for the phone's token.

              gateway   says nothing. In this protocol silence means yes: it accepted the notification.
              phone     received it and acknowledged it.
              ledger    verdict accepted, fate delivered.

            Only the acknowledgement makes it delivered. A provider never hears of it; a test can ask the
            ledger.

            """
        )
    }

    // MARK: - 2

    func showTheLostTail() async throws(GatehouseError) {
        let start = try await self.gatehouse.cursor()
        let unknown = String(repeating: "f", count: 64)
        let heard = try await self.unexpected {
            let connection = try await self.provider.connect()
            try await connection.send(
                (11...15).map { self.notification($0, "Number \($0)", to: $0 == 13 ? unknown : nil) }
            )
            let heard = await connection.hear(until: .end, within: .seconds(10))
            await connection.leave()
            return heard
        }
        let frames = try await self.wait(
            for: NotificationQuery(),
            count: 5,
            after: start,
            "five frames are five entries in the ledger"
        )
        // The next step sends the phone away: what it was sent here has to be acknowledged by then.
        _ = try await self.wait(
            for: NotificationQuery(fate: .delivered),
            count: 2,
            after: start,
            "what stood in front of the bad frame is delivered"
        )
        let verdicts: [PushVerdict] = [.accepted, .accepted, .rejected, .discarded, .discarded]
        try self.check(
            frames.map(\.verdict) == verdicts && frames[2].status == ErrorStatus.invalidToken.rawValue,
            "of five frames with a bad one in the middle, two are accepted, one is rejected and two are discarded"
        )
        var bytes = heard.bytes
        let packet = ErrorPacket(readingFrom: &bytes)
        try self.check(
            packet == ErrorPacket(status: .invalidToken, identifier: 13) && bytes.readableBytes == 0 && heard.hasEnded,
            "the provider hears the six bytes of an error packet and then the end"
        )
        self.tellOfTheLostTail(frames, Hexadecimal.string(from: Array(heard.bytes.readableBytesView)))
    }

    private func tellOfTheLostTail(_ frames: [NotificationReport], _ bytes: String) {
        let rows = frames.map { frame in
            let outcome = frame.verdict == .rejected ? "rejected, status 8: invalid token" : frame.verdict.rawValue
            return "  frame \(frame.wire.identifier ?? 0)  \(outcome)"
        }
        self.tell(
            """
            2. One bad token, and what it costs

            Five notifications in one go on one connection. The third, with the identifier 13, has a token
            that nobody has.

            \(rows.joined(separator: "\n"))

            All the provider hears is six bytes, and then the end of the connection:

              \(bytes)
              08 is an error packet, 08 the status (invalid token), 0000000d the identifier: 13

            Nobody tells it about 14 and 15. They were written before the answer came back, and the gateway
            threw them away unread: discarded. A provider has to keep what it sent, and after an error send
            everything behind the identifier again on a new connection. (TN2265: a wrong token is the most
            common error, often one that belongs to the other environment.)

            """
        )
    }
}
