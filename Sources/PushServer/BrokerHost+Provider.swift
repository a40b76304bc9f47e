package import APNSWire
package import NIOCore
package import PushBroker
package import PushIdentity
package import PushLedger
package import PushVocabulary

/// The time of a batch, read once.
package struct BatchTime: Sendable {
    package let wall: Instant
    package let product: Instant
}

extension BrokerHost {
    package var batchTime: BatchTime {
        let product = self.clock.now
        return BatchTime(wall: self.clock.mode == .real ? product : ProductClock.systemNow(), product: product)
    }

    /// Looks up what a provider's certificate says, once for its connection.
    package func context(
        of certificate: Certificate?,
        on connection: ConnectionID,
        in environment: Environment
    ) -> ProviderContext {
        let topics = (certificate?.topics ?? []).map { topic in
            ProviderContext.AddressedTopic(
                broker: self.broker.topic(topic.hash, name: topic),
                ledger: self.ledger.topic(topic),
                name: topic
            )
        }
        return ProviderContext(
            connection: connection,
            environment: environment,
            kind: certificate?.kind,
            topics: topics
        )
    }

    // MARK: - Frames

    /// Enters a malformed frame.
    package func recordMalformed(
        _ rejection: FrameRejection,
        bytes: ByteBuffer,
        from provider: ProviderContext,
        offset: UInt64,
        at time: BatchTime
    ) -> NotificationID {
        let received = ReceivedNotification(
            receivedAt: time.wall,
            clockAt: time.product,
            environment: provider.environment,
            topic: provider.defaultTopic,
            token: nil,
            verdict: .rejected(status: self.profile.status(of: rejection).rawValue),
            connection: provider.connection,
            content: PushContent(frame: Array(bytes.readableBytesView), payloadRange: 0..<0),
            wire: WireFacts(
                command: rejection.command,
                identifier: rejection.identifier,
                offset: offset,
                length: bytes.readableBytes
            )
        )
        let id = self.ledger.append(received)
        self.ledger.attach(rejection.description, to: id)
        return id
    }

    /// Enters that the error packet about a refused frame was written to its connection.
    package func recordAnswer(to refused: NotificationID) { self.ledger.markAnswered(refused) }

    /// Enters a frame that stood behind a refused one. It is not judged.
    package func recordDiscarded(
        _ frame: ProviderFrame,
        causedBy cause: NotificationID?,
        from provider: ProviderContext,
        offset: UInt64,
        at time: BatchTime
    ) {
        var received = self.received(frame, from: provider, offset: offset, at: time)
        received.verdict = .discarded(causedBy: cause)
        self.ledger.append(received)
    }

    /// A frame as the ledger takes it: accepted, under the certificate's first topic, until something else is known.
    func received(
        _ frame: ProviderFrame,
        from provider: ProviderContext,
        offset: UInt64,
        at time: BatchTime
    ) -> ReceivedNotification {
        let token = frame.withToken { DeviceToken($0) }
        return ReceivedNotification(
            receivedAt: time.wall,
            clockAt: time.product,
            environment: provider.environment,
            topic: provider.defaultTopic,
            token: token,
            unusualToken: token == nil ? frame.withToken { Array($0) } : [],
            verdict: .accepted,
            connection: provider.connection,
            content: PushContent(
                frame: frame.bytes.withUnsafeReadableBytes { Array($0) },
                payloadRange: frame.payloadRange
            ),
            wire: WireFacts(
                command: frame.command,
                identifier: frame.identifier,
                expiry: frame.expiry,
                priority: frame.priority,
                offset: offset,
                length: frame.bytes.readableBytes
            )
        )
    }

    func ledgerDevice(_ device: DeviceID) -> LedgerDevice {
        if let known = self.ledgerDevices[device] { return known }
        guard let name = self.broker.name(of: device) else { return .none }
        let number = self.ledger.device(named: name)
        self.ledgerDevices[device] = number
        return number
    }

    // MARK: - Feedback

    /// What the feedback service has for a provider: every token once, however many of its topics list it, with the
    /// latest time. The list stays until `feedbackWasRead`.
    package func feedback(for provider: ProviderContext) -> [FeedbackEntry] {
        let entries = self.broker.feedbackEntries(of: provider.topicIDs, in: provider.environment)
        // Ascending by time, so the last of a token is its latest.
        let latest = Dictionary(entries.map { ($0.token, $0.since) }, uniquingKeysWith: { $1 })
        guard latest.count < entries.count else { return entries }
        var listed: Set<DeviceToken> = []
        return entries.filter { latest[$0.token] == $0.since && listed.insert($0.token).inserted }
    }

    /// Takes what a provider has read from its topics' lists. What was listed since stays.
    package func feedbackWasRead(_ entries: [FeedbackEntry], topics: [Topic], by provider: ProviderContext) {
        let read = Dictionary(entries.map { ($0.token, $0.since) }, uniquingKeysWith: { max($0, $1) })
        for topic in provider.topicIDs {
            let listed = self.broker.feedbackEntries(of: [topic], in: provider.environment)
            self.broker.clearFeedback(of: [topic], in: provider.environment)
            for entry in listed where read[entry.token].map({ $0 < entry.since }) ?? true {
                self.broker.addFeedback(entry, topic: topic, environment: provider.environment)
            }
        }
        self.ledger.recordFeedbackRead(
            on: provider.connection,
            topics: topics,
            environment: provider.environment,
            entries: entries,
            at: self.clock.now
        )
    }
}
