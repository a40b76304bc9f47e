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

    /// Judges a well-formed frame and enters it in the books.
    ///
    /// - Returns: `nil` when it is accepted, else the status of its refusal and its number in the ledger.
    package func judge(
        _ frame: ProviderFrame,
        from provider: ProviderContext,
        offset: UInt64,
        at time: BatchTime
    ) -> (status: ErrorStatus, id: NotificationID)? {
        var received = self.received(frame, from: provider, offset: offset, at: time)
        let app = received.token.flatMap {
            self.broker.app(token: $0, topics: provider.topicIDs, environment: provider.environment)
        }
        if let app {
            received.topic = provider.ledgerTopic(for: self.broker.topic(of: app))
            received.device = self.ledgerDevice(of: app)
        } else if self.magicTokens, let token = received.token, MagicToken(token) == .appGone {
            self.recordAppGone(received, token: token, provider: provider)
            return nil
        }
        let defect = PayloadCheck.defect(in: frame.payload)
        if let status = self.objection(app: app, defect: defect, provider: provider) {
            received.verdict = .rejected(status: status.rawValue)
            let id = self.ledger.append(received)
            if let defect, app != nil { self.ledger.attach(defect.description, to: id) }
            return (status, id)
        }
        let id = self.ledger.append(received)
        if let defect {
            self.ledger.attach(defect.description, to: id)
            self.effects.append(.fate(id, .undeliverable(.unusablePayload)))
        } else if let app {
            let notification = PushNotification(
                id: id,
                content: received.content,
                keptUntil: self.keptUntil(frame, at: time.product),
                wireExpiry: frame.expiry ?? 0,
                priority: frame.priority == 5 ? 5 : 10
            )
            self.broker.accept(notification, for: app, at: time.product, effects: &self.effects)
        }
        return nil
    }

    private func objection(app: AppID?, defect: PayloadDefect?, provider: ProviderContext) -> ErrorStatus? {
        // No field of a frame carries a topic: only the certificate can lack one.
        if provider.topics.isEmpty { return .missingTopic }
        if app == nil { return .invalidToken }
        if defect != nil, case .reject(let status) = self.profile.payloadDefect { return status }
        return nil
    }

    /// Enters a malformed frame.
    package func recordMalformed(
        _ rejection: FrameRejection,
        bytes: ByteBuffer,
        answer: ProviderAnswer,
        from provider: ProviderContext,
        offset: UInt64,
        at time: BatchTime
    ) -> NotificationID {
        let status: UInt8 = if case .packet(let packet) = answer { packet.status } else { 0 }
        let received = ReceivedNotification(
            receivedAt: time.wall,
            clockAt: time.product,
            environment: provider.environment,
            topic: provider.defaultTopic,
            token: nil,
            verdict: .rejected(status: status),
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
        let token = frame.token.withUnsafeBytes { DeviceToken($0) }
        return ReceivedNotification(
            receivedAt: time.wall,
            clockAt: time.product,
            environment: provider.environment,
            topic: provider.defaultTopic,
            token: token,
            unusualToken: token == nil ? Array(frame.token) : [],
            verdict: .accepted,
            connection: provider.connection,
            content: PushContent(frame: Array(frame.bytes.readableBytesView), payloadRange: frame.payloadRange),
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

    /// Until when a frame's notification may be stored; `nil`: now or never.
    func keptUntil(_ frame: ProviderFrame, at now: Instant) -> Instant? {
        let longest = now + self.profile.maximumStorage
        guard let expiry = frame.expiry else {
            // G18L: the simple format has no expiry, so its notifications are stored and may arrive stale.
            return frame.command == 0 || self.profile.storesWithoutExpiry ? longest : nil
        }
        let seconds = self.profile.expiryIsSigned ? Int64(Int32(bitPattern: expiry)) : Int64(expiry)
        let until = Instant(unixSeconds: seconds)
        return seconds > 0 && until > now ? min(until, longest) : nil
    }

    private func ledgerDevice(of app: AppID) -> LedgerDevice {
        guard let device = self.broker.device(of: app) else { return .none }
        return self.ledgerDevice(device)
    }

    func ledgerDevice(_ device: DeviceID) -> LedgerDevice {
        if let known = self.ledgerDevices[device] { return known }
        guard let name = self.broker.name(of: device) else { return .none }
        let number = self.ledger.device(named: name)
        self.ledgerDevices[device] = number
        return number
    }

    // MARK: - Feedback

    /// What the feedback service has for a provider. The list stays until `feedbackWasRead`.
    package func feedback(for provider: ProviderContext) -> [FeedbackEntry] {
        self.broker.feedbackEntries(of: provider.topicIDs, in: provider.environment)
    }

    /// Empties a provider's list: its bytes have been handed to the socket.
    package func feedbackWasRead(_ entries: [FeedbackEntry], topics: [Topic], by provider: ProviderContext) {
        self.broker.clearFeedback(of: provider.topicIDs, in: provider.environment)
        self.ledger.recordFeedbackRead(
            on: provider.connection,
            topics: topics,
            environment: provider.environment,
            entries: entries,
            at: self.clock.now
        )
    }
}
