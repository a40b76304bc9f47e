import APNSWire
import NIOCore
import PushBroker
import PushIdentity
import PushLedger
import PushTransport
import PushVocabulary

/// A device's courier connection: its `CourierSession`, what fault rules add, and the way back for what the broker sends.
///
/// What carries the bytes is a `ByteLink`: TLS over TCP, or memory.
final class CourierConnection {
    private let facts: HandshakeFacts
    private let host: BrokerHost
    private let options: CourierOptions
    private let decoder = CourierFrameDecoder()
    private var session = CourierSession()
    private var received = ByteBuffer()
    private var outgoing = ByteBuffer()
    /// Set until the connection is gone.
    private var link: (any ByteLink)?
    private var isClosing = false
    private var lastHeard: Instant
    private var messageCount: UInt64 = 0
    private var idleCall: ProductTimers.ID?
    /// A fault rule holds the device's messages up.
    private var isPaused = false

    init(facts: HandshakeFacts, host: BrokerHost, options: CourierOptions, link: any ByteLink) {
        self.facts = facts
        self.host = host
        self.options = options
        self.link = link
        self.lastHeard = host.clock.now
    }

    /// Takes every whole message there is, as one batch.
    private func takeMessages() {
        do throws(CourierError) {
            while !self.isClosing, !self.isPaused, let frame = try self.decoder.next(in: &self.received) {
                self.messageCount += 1
                self.take(try CourierSession.message(in: frame), command: frame.command)
            }
        } catch {
            self.close(
                ConnectionEnd(
                    code: "malformed-message",
                    sentence: "The device sent what is no courier message: \(error)."
                )
            )
        }
        self.received.keepUnread()
        self.host.settle()
        self.flush()
    }

    private func take(_ message: CourierMessage, command: UInt8) {
        guard let strike = self.strike(command: command) else {
            return self.carryOut(self.session.received(message))
        }
        switch strike.action {
        case .ignore: break
        case .silentClose: self.close(.fault(strike), by: .fault)
        case .reset:
            self.host.ledger.closeConnection(
                self.facts.connection,
                .closed(by: .fault, .fault(strike)),
                at: self.host.clock.now
            )
            self.link?.reset()
        case .refuse where self.session.device == nil: self.refuse("the fault rule \(strike.rule) refuses it")
        case .delay(let duration):
            self.isPaused = true
            self.hold()
            self.link?.setReading(false)
            self.host.timers.schedule(at: self.host.clock.now + duration, for: "fault delay") { [weak self] in
                guard let self, let link = self.link, !self.isClosing else { return }
                self.isPaused = false
                self.host.release(self.facts.connection)
                self.carryOut(self.session.received(message))
                self.takeMessages()
                link.setReading(true)
            }
        default: self.carryOut(self.session.received(message))
        }
    }

    /// Has a reset end the connection, with what the device said and has not been heard.
    private func hold() {
        self.host.hold(self.facts.connection) { [weak self] in
            guard let self else { return }
            if let device = self.session.device { self.host.disconnected(device, link: self) }
            self.session.closes()
            self.isClosing = true
            self.link?.reset()
        }
    }

    private func strike(command: UInt8) -> FaultStrike? {
        guard self.host.faults.hasRules(for: .courier) else { return nil }
        var subject = FaultSubject(
            service: .courier,
            environment: self.facts.environment,
            connection: self.facts.connection
        )
        subject.command = command
        subject.device = self.session.device.flatMap { self.host.broker.name(of: $0) }
        return self.host.strike(at: .courier, subject)
    }

    private func carryOut(_ order: CourierSession.Order) {
        switch order {
        case .admit(let connect): self.admit(connect)
        case .filter(let device, let lists, let removed): self.host.filtered(device, lists: lists, removed: removed)
        case .acknowledge(let device, let identifier): self.host.acknowledged(identifier, by: device)
        case .giveAppToken(let device, let request): self.giveAppToken(device, request)
        case .answer(let message): message.write(into: &self.outgoing)
        case .close(let reason):
            self.close(ConnectionEnd(code: "protocol-violation", sentence: "The connection was closed: \(reason)."))
        case .nothing: break
        }
    }

    // MARK: - Connect

    private func admit(_ connect: CourierConnect) {
        let subject: DeviceSubject?
        do throws(DeviceCredentials.Flaw) {
            subject = try self.proven(connect)
        } catch {
            guard self.options.credentials == .accept else { return self.refuse(error.description) }
            subject = connect.certificate.flatMap { try? Certificate(der: $0) }.map { DeviceSubject($0) }
        }
        let admission = self.host.admit(
            subject,
            presenting: connect.baseToken,
            environment: self.facts.environment,
            tokens: self.options.tokens,
            on: self
        )
        switch admission {
        case .admitted(let device, let baseToken):
            self.session.admitted(
                device,
                baseToken: baseToken,
                tellsToken: self.options.tokenEcho == .always || connect.baseToken != baseToken,
                at: self.host.clock.now
            ).write(into: &self.outgoing)
            let name = self.host.broker.name(of: device)
            self.host.ledger.updateConnection(self.facts.connection) {
                $0.device = name
                $0.certificateSubject = subject?.commonName
            }
        case .refused(let reason): self.refuse(reason)
        }
    }

    /// The certificate of the device, by TLS where that is asked for and shown, else by the proof in Connect.
    private func proven(_ connect: CourierConnect) throws(DeviceCredentials.Flaw) -> DeviceSubject {
        if self.options.authentication == .tls, let certificate = self.facts.certificate {
            return DeviceSubject(certificate)
        }
        return try self.host.provenCredentials.subject(of: connect.credentials, at: ProductClock.systemNow())
    }

    private func refuse(_ reason: String) {
        self.session.refused(at: self.host.clock.now).write(into: &self.outgoing)
        self.close(ConnectionEnd(code: "connect-refused", sentence: "Connect was answered with status 2: \(reason)."))
    }

    private func giveAppToken(_ device: DeviceID, _ request: CourierAppTokenRequest) {
        guard let token = self.host.appToken(for: request.topic, on: device) else {
            return self.close(
                ConnectionEnd(code: "too-many-apps", sentence: "The device asked for more app tokens than it may have.")
            )
        }
        CourierMessage.appTokenResponse(
            CourierAppTokenResponse(token: token, topic: request.topic, appIdentifier: request.appIdentifier)
        ).write(into: &self.outgoing)
    }

    // MARK: - Silence

    /// Closes the connection of a device that has been silent for too long, by product time.
    private func watchForSilence() {
        guard let timeout = self.options.idleTimeout else { return }
        self.idleCall = self.host.timers.schedule(at: self.lastHeard + timeout, for: "courier idle") { [weak self] in
            guard let self else { return }
            if self.lastHeard + timeout <= self.host.clock.now {
                self.close(
                    ConnectionEnd(
                        code: "idle",
                        sentence: "The device was silent for too long; its connection was closed."
                    )
                )
                self.flush()
            } else {
                self.watchForSilence()
            }
        }
    }

    // MARK: - The end

    private func close(_ end: ConnectionEnd, by closer: ConnectionCloser = .service) {
        guard !self.isClosing, let link else { return }
        self.isClosing = true
        self.host.ledger.closeConnection(self.facts.connection, .closed(by: closer, end), at: self.host.clock.now)
        self.flush()
        if let device = self.session.device { self.host.disconnected(device, link: self) }
        self.session.closes()
        link.close()
    }
}

// MARK: - What the device leaves unfinished

extension CourierConnection {
    var unfinished: UnfinishedPart? {
        guard self.link != nil, !self.isClosing, !self.isPaused else { return nil }
        if self.messageCount == 0 { return UnfinishedPart(kind: .connect, position: 0) }
        guard self.received.readableBytes > 0 else { return nil }
        return UnfinishedPart(kind: .message, position: self.messageCount)
    }

    func end(_ end: ConnectionEnd) { self.close(end) }
}

// MARK: - From the device

extension CourierConnection: ByteLinkOwner {
    func linkOpened() { self.watchForSilence() }

    func linkReceived(_ bytes: ByteBuffer) {
        guard !self.isClosing else { return }
        if self.received.readableBytes == 0 {
            self.received = bytes
        } else {
            var bytes = bytes
            self.received.writeBuffer(&bytes)
        }
        self.lastHeard = self.host.clock.now
        self.takeMessages()
    }

    func linkEnded(reason: String) {
        if let idleCall { self.host.timers.cancel(idleCall) }
        (self.link, self.isClosing) = (nil, true)
        guard let device = self.session.device else { return }
        self.session.closes()
        self.host.disconnected(device, link: self)
    }
}

// MARK: - From the broker

extension CourierConnection: DeviceLink {
    func deliver(_ delivery: Delivery) {
        let envelope = CourierNotification(
            token: delivery.token,
            topic: delivery.topic,
            payload: ByteBuffer(),
            messageIdentifier: delivery.notification.id.messageIdentifier,
            expiry: delivery.notification.wireExpiry,
            timestamp: UInt64(max(0, delivery.sentAt.nanosecondsSinceEpoch)),
            storageFlags: delivery.storage.rawValue,
            priority: delivery.notification.priority,
            baseToken: delivery.baseToken
        )
        // Room for everything at once: a buffer that starts with none would grow five times on the way.
        self.outgoing.reserveCapacity(
            minimumWritableBytes: CourierNotification.usualEnvelopeByteCount
                + delivery.notification.content.payload.count
        )
        CourierNotification.write(envelope, payload: delivery.notification.content.payload, into: &self.outgoing)
    }

    func tellNothingStored(baseToken: DeviceToken) {
        CourierMessage.noStorage(token: baseToken).write(into: &self.outgoing)
    }

    func flush() {
        guard self.outgoing.readableBytes > 0, let link else { return }
        let bytes = self.outgoing
        self.outgoing = ByteBuffer()
        link.write(bytes)
    }

    func end(_ reason: DeviceLinkEnd) {
        switch reason {
        case .replaced:
            self.close(
                ConnectionEnd(
                    code: "replaced",
                    sentence: "The same device connected again; its newer connection took this one's place."
                )
            )
        case .deviceRemoved:
            self.close(
                ConnectionEnd(code: "device-removed", sentence: "The device was taken out of this service."),
                by: .control
            )
        }
    }
}
