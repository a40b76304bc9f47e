import APNSWire
import NIOCore
import PushBroker
import PushIdentity
import PushServer
import PushVocabulary
import Testing

/// What a device's connection makes of its messages, without a socket.
struct CourierSessionTests {
    private static let baseToken = token(0xB0)
    private static let strangeToken = token(0x57)
    private static let now = Instant(unixSeconds: 1_400_000_000)

    private static func token(_ byte: UInt8) -> DeviceToken {
        guard let token = DeviceToken(Array(repeating: byte, count: 32)) else { preconditionFailure() }
        return token
    }

    private let device: DeviceID
    private let topics: [TopicHash]

    init() {
        var broker = Broker()
        self.device = broker.addDevice(named: "phone", environment: .sandbox, baseToken: Self.baseToken)
        self.topics = ["a", "b", "c", "d", "e", "f"].map { Topic($0).hash }
    }

    private func connected() -> CourierSession {
        var session = CourierSession()
        _ = session.admitted(self.device, baseToken: Self.baseToken, at: Self.now)
        return session
    }

    /// One of each kind that is not Connect.
    private func everyOtherMessage() -> [CourierMessage] {
        [
            .connectResponse(CourierConnectResponse(status: 0, baseToken: nil, serverTime: 0)),
            .filter(CourierFilter(baseToken: nil)),
            .notification(
                CourierNotification(token: nil, topic: nil, payload: ByteBuffer(), messageIdentifier: 1)
            ),
            .acknowledgement(CourierAcknowledgement(token: nil, messageIdentifier: 1)),
            .keepAlive(CourierKeepAlive()), .keepAliveResponse(status: nil), .noStorage(token: Self.baseToken),
            .flush(wanted: 1, padding: nil), .flushResponse(padding: nil),
            .appTokenRequest(CourierAppTokenRequest(baseToken: nil, topic: self.topics[0])),
            .appTokenResponse(CourierAppTokenResponse(token: Self.baseToken, topic: self.topics[0])),
            .setActiveInterval(1), .setState(state: 1, interval: nil), .pubSub(CourierPubSub(index: 1)),
            .unknown(CourierFrame(command: 0x99, items: CourierItems.none)),
        ]
    }

    // MARK: - Before Connect

    @Test func `the first message is Connect, and the session leaves the judgement to others`() {
        var session = CourierSession()
        let connect = CourierConnect(baseToken: Self.strangeToken)
        #expect(session.received(.connect(connect)) == .admit(connect))
        #expect(session.device == nil)
    }

    @Test func `any other first message closes the connection, for good`() {
        for message in self.everyOtherMessage() {
            var session = CourierSession()
            guard case .close = session.received(message) else {
                Issue.record("\(message) was let through")
                continue
            }
            #expect(session.received(.connect(CourierConnect())) == .nothing)
            #expect(session.device == nil)
        }
    }

    @Test func `the answer to Connect always carries token, sizes and the time`() {
        var session = CourierSession()
        let answer = session.admitted(self.device, baseToken: Self.baseToken, at: Self.now)
        #expect(
            answer
                == .connectResponse(
                    CourierConnectResponse(
                        status: 0,
                        baseToken: Self.baseToken,
                        maximumMessageSize: 4_096,
                        maximumLargeMessageSize: 15_360,
                        serverTime: 1_400_000_000_000
                    )
                )
        )
        #expect(session.device == self.device)
    }

    @Test func `a refusal is status 2 without a token, and nothing is heard any more`() {
        var session = CourierSession()
        guard case .connectResponse(let response) = session.refused(at: Self.now) else {
            Issue.record("no Connect response")
            return
        }
        #expect(response.status == 2)
        #expect(response.baseToken == nil)
        for message in self.everyOtherMessage() + [.connect(CourierConnect())] {
            #expect(session.received(message) == .nothing)
        }
    }

    // MARK: - Connected

    @Test func `what is asked for is answered, and what is told is passed on`() {
        var session = self.connected()
        var padding = ByteBuffer()
        padding.writeBytes([1, 2, 3])
        let request = CourierAppTokenRequest(baseToken: Self.baseToken, topic: self.topics[0], appIdentifier: 7)
        let expectations: [(CourierMessage, CourierSession.Order)] = [
            (.keepAlive(CourierKeepAlive(carrier: "WiFi")), .answer(.keepAliveResponse(status: nil))),
            (.flush(wanted: 3, padding: padding), .answer(.flushResponse(padding: padding))),
            (
                .pubSub(CourierPubSub(index: 9, body: padding, token: Self.baseToken)),
                .answer(.pubSub(CourierPubSub(index: 9, token: Self.baseToken, status: 0)))
            ),
            (.appTokenRequest(request), .giveAppToken(self.device, request)),
            (
                .acknowledgement(CourierAcknowledgement(token: Self.strangeToken, messageIdentifier: 5)),
                .acknowledge(self.device, messageIdentifier: 5)
            ),
            (
                .acknowledgement(CourierAcknowledgement(token: nil, messageIdentifier: 6, status: nil)),
                .acknowledge(self.device, messageIdentifier: 6)
            ),
        ]
        for (message, order) in expectations { #expect(session.received(message) == order) }
    }

    @Test func `what only a server says, and what nobody knows, is passed over`() {
        var session = self.connected()
        for message in self.everyOtherMessage() {
            switch message {
            case .connectResponse, .notification, .keepAliveResponse, .noStorage, .flushResponse, .appTokenResponse,
                .setActiveInterval, .setState, .unknown:
                #expect(session.received(message) == .nothing, "\(message)")
            default: continue
            }
        }
        #expect(session.device == self.device)
    }

    @Test func `an acknowledgement with a status other than 0 acknowledges nothing`() {
        var session = self.connected()
        for status in [1, 2, 3, 0x80] as [UInt8] {
            let refusal = CourierAcknowledgement(token: nil, messageIdentifier: 5, status: status)
            #expect(session.received(.acknowledgement(refusal)) == .nothing)
        }
    }

    @Test func `the five lists of a Filter become one, the most wanted class winning`() {
        var session = self.connected()
        var filter = CourierFilter(baseToken: Self.baseToken)
        filter.ignored = self.topics
        filter.paused = Array(self.topics.dropFirst())
        filter.nonWaking = Array(self.topics.dropFirst(2))
        filter.opportunistic = Array(self.topics.dropFirst(3))
        filter.enabled = Array(self.topics.dropFirst(4))
        filter.removed = [Topic("gone").hash]
        let classes: [TopicClass] = [.ignored, .paused, .nonWaking, .opportunistic, .enabled, .enabled]
        let lists = Dictionary(uniqueKeysWithValues: zip(self.topics, classes))
        #expect(session.received(.filter(filter)) == .filter(self.device, lists: lists, removed: filter.removed))
    }

    @Test func `lists and requests for another base token change nothing`() {
        var session = self.connected()
        #expect(session.received(.filter(CourierFilter(baseToken: Self.strangeToken))) == .nothing)
        let request = CourierAppTokenRequest(baseToken: Self.strangeToken, topic: self.topics[0])
        #expect(session.received(.appTokenRequest(request)) == .nothing)
        let unnamed = CourierAppTokenRequest(baseToken: nil, topic: self.topics[0])
        #expect(session.received(.appTokenRequest(unnamed)) == .giveAppToken(self.device, unnamed))
    }

    @Test func `a second Connect closes, and whose connection it was is not forgotten`() {
        var session = self.connected()
        guard case .close = session.received(.connect(CourierConnect())) else {
            Issue.record("a second Connect was let through")
            return
        }
        #expect(session.received(.keepAlive(CourierKeepAlive())) == .nothing)
        #expect(session.device == self.device, "or the service would take the device for connected for ever")
    }

    @Test func `once it closes, nothing is heard`() {
        var session = self.connected()
        session.closes()
        for message in self.everyOtherMessage() + [.connect(CourierConnect())] {
            #expect(session.received(message) == .nothing)
        }
    }
}

extension CourierItems {
    static var none: CourierItems {
        guard let items = try? CourierItems(ByteBuffer()) else { preconditionFailure("no bytes are no items") }
        return items
    }
}
