import APNSWire
import MockProvider
import NIOCore
import PushVocabulary

extension DemoTour {
    // MARK: - 3

    func showTheSlot() async throws(GatehouseError) {
        try await self.gatehouse.setConnected(false, device: Self.phone)
        let start = try await self.gatehouse.cursor()
        try await self.unexpected {
            let connection = try await self.provider.connect()
            try await connection.send((21...25).map { self.notification($0, "Score \($0)") })
            _ = try await self.wait(
                for: NotificationQuery(fate: .coalesced),
                count: 4,
                after: start,
                "of a burst to a phone that is away, all but one are coalesced"
            )
            await connection.leave()
        }
        let stored = try await self.wait(
            for: NotificationQuery(fate: .stored, identifier: 25),
            after: start,
            "the last of a burst waits for the phone"
        )
        try self.check(stored.count == 1, "one notification waits for the phone")
        try await self.gatehouse.setConnected(true, device: Self.phone)
        _ = try await self.wait(
            for: NotificationQuery(fate: .delivered, identifier: 25),
            after: start,
            "what waited arrives when the phone is back"
        )
        let coalesced = try await self.gatehouse.notifications(NotificationQuery(fate: .coalesced))
        try self.check(
            coalesced.map(\.wire.identifier) == [21, 22, 23, 24],
            "the four older ones of the burst are coalesced"
        )
        self.tell(
            """
            3. A burst to a phone that is away

            The phone loses its connection. The provider sends five notifications, 21 to 25, and all five
            are accepted: the gateway would take them whether or not the phone is there.

              21 22 23 24   coalesced: each was replaced by the next one before it could be sent
              25            stored while the phone was away

            Then the phone comes back.

              25            delivered: the phone received it from storage and acknowledged it

            The service keeps a single notification for each app on each device, and a newer one overwrites
            it (TN2265, "Some Notifications Received, but Not All"). So a push is a hint to fetch what is
            new, not a carrier of data that must not be lost.

            """
        )
    }

    // MARK: - 4

    func showFeedback() async throws(GatehouseError) {
        try await self.gatehouse.uninstall(Self.topic, from: Self.phone)
        let early = try await self.unexpected { try await self.provider.readFeedback() }
        try self.check(early.isEmpty, "removing an app alone puts nothing on the feedback list")
        let start = try await self.gatehouse.cursor()
        try await self.unexpected {
            let connection = try await self.provider.connect()
            try await connection.send([self.notification(31, "Still there?")])
            _ = try await self.wait(
                for: NotificationQuery(fate: .undeliverable),
                after: start,
                "a push to a removed app is undeliverable"
            )
            await connection.leave()
        }
        let first = try await self.unexpected { try await self.provider.readFeedback() }
        let second = try await self.unexpected { try await self.provider.readFeedback() }
        try self.check(
            first.map(\.token.hexadecimal) == [self.token],
            "the feedback service names the token whose app is gone"
        )
        try self.check(second.isEmpty, "reading feedback empties the list")
        let time = first.first.map { Instant(unixSeconds: Int64($0.timestamp)).description } ?? ""
        self.tell(
            """
            4. An app is removed

            Somebody deletes \(Self.topic) from the phone. The feedback service has nothing to say yet: the
            news goes out with the next push. So the provider pushes once more, number 31.

              gateway   accepts it; the token was good a moment ago.
              ledger    fate undeliverable: the app is no longer on the phone.
              feedback  first reading   \(time)  \(self.token.prefix(8))…\(self.token.suffix(8))
                        second reading  nothing

            Each entry is a time and a token: since then, the app has been gone. Reading empties the list. A
            provider reads it at least once a day and stops pushing to those tokens. (TN2265: had this been
            the phone's last app with push, the phone would have dropped its connection before it could
            report the removal, and feedback would never mention it. Here \(Self.otherTopic) is still there.)

            """
        )
    }
}
