import APNSWire
import NIOCore
import PushBroker
import PushIdentity
import PushServer
import PushVocabulary

/// A courier's session through whatever may happen to it, in any order: messages of every kind, admission, refusal, the
/// end from our side. A model of its three states says what must come of each.
enum FuzzCourierEvents {
    private enum Model: Equatable { case awaiting, asked, connected, over }

    static func run(_ input: inout FuzzInput) {
        var session = CourierSession()
        var model = Model.awaiting
        var wasConnected = false
        while let event = input.next() {
            if model == .asked {
                // The host answers Connect before it hands over another message.
                let isAdmitted = event % 4 != 0
                let answer =
                    isAdmitted
                    ? session.admitted(Self.device, baseToken: Self.token, at: Self.now) : session.refused(at: Self.now)
                guard case .connectResponse(let response) = answer else { preconditionFailure("no answer to Connect") }
                precondition((response.status == 0) == isAdmitted, "the answer says something else")
                model = isAdmitted ? .connected : .over
                wasConnected = wasConnected || isAdmitted
            } else if event % 32 == 31 {
                session.closes()
                model = .over
            } else {
                Self.take(Self.message(event, &input), in: &session, &model)
            }
            precondition(session.device == (wasConnected ? Self.device : nil), "whose connection it is has changed")
        }
    }

    private static func take(_ message: CourierMessage, in session: inout CourierSession, _ model: inout Model) {
        let order = session.received(message)
        switch (model, message) {
        case (.awaiting, .connect(let connect)):
            precondition(order == .admit(connect), "Connect was not taken")
            model = .asked
        case (.awaiting, _):
            guard case .close = order else { preconditionFailure("\(message) was let through before Connect") }
            model = .over
        case (.connected, .connect):
            guard case .close = order else { preconditionFailure("a second Connect was let through") }
            model = .over
        case (.connected, .filter(let filter)):
            let isOwn = filter.baseToken == nil || filter.baseToken == Self.token
            guard case .filter(Self.device, _, let removed) = order else {
                return precondition(!isOwn && order == .nothing, "a filter became \(order)")
            }
            precondition(isOwn && removed == filter.removed, "another user's filter was taken")
        case (.connected, .acknowledgement(let acknowledgement)):
            let isGood = acknowledgement.status ?? 0 == 0
            let wanted = CourierSession.Order.acknowledge(
                Self.device,
                messageIdentifier: acknowledgement.messageIdentifier
            )
            precondition(order == (isGood ? wanted : .nothing), "an acknowledgement became \(order)")
        case (.connected, .appTokenRequest(let request)):
            let isOwn = request.baseToken == nil || request.baseToken == Self.token
            precondition(order == (isOwn ? .giveAppToken(Self.device, request) : .nothing), "a request became \(order)")
        case (.connected, .keepAlive), (.connected, .flush), (.connected, .pubSub):
            guard case .answer = order else { preconditionFailure("\(message) was not answered") }
        case (.connected, _), (.over, _), (.asked, _):
            precondition(order == .nothing, "\(message) became \(order)")
        }
    }

    private static func message(_ event: UInt8, _ input: inout FuzzInput) -> CourierMessage {
        let number = UInt32(input.byte())
        let token: DeviceToken? = [nil, Self.token, Self.otherToken][Int(number) % 3]
        switch event % 32 {
        case 0..<6: return .connect(CourierConnect(baseToken: token))
        case 6..<10:
            var filter = CourierFilter(baseToken: token)
            filter.enabled = [Self.topic]
            if number > 128 { filter.removed = [Self.topic] }
            return .filter(filter)
        case 10..<15:
            var acknowledgement = CourierAcknowledgement(token: token, messageIdentifier: number)
            if number % 5 == 0 { acknowledgement.status = UInt8(number % 3) }
            return .acknowledgement(acknowledgement)
        case 15..<18: return .keepAlive(CourierKeepAlive())
        case 18: return .flush(wanted: UInt16(number), padding: nil)
        case 19..<22: return .appTokenRequest(CourierAppTokenRequest(baseToken: token, topic: Self.topic))
        case 22: return .pubSub(CourierPubSub(index: number))
        case 23: return .setActiveInterval(number)
        case 24: return .setState(state: 1, interval: nil)
        case 25: return .keepAliveResponse(status: nil)
        case 26: return .noStorage(token: Self.token)
        case 27: return .connectResponse(CourierConnectResponse(status: 0, baseToken: nil, serverTime: 0))
        case 28: return .flushResponse(padding: nil)
        default: return Self.unknown
        }
    }

    private static let unknown: CourierMessage = {
        var bytes = ByteBuffer(bytes: [0x99, 0, 0, 0, 0])
        guard let frame = try? CourierFrameDecoder().next(in: &bytes) else { preconditionFailure("a whole frame") }
        return .unknown(frame)
    }()
    private static let now = Instant(unixSeconds: 1)
    private static let topic = Topic("com.example.app").hash
    private static let token = Self.token(7)
    private static let otherToken = Self.token(8)

    private static func token(_ byte: UInt8) -> DeviceToken {
        guard let token = DeviceToken(Array(repeating: byte, count: 32)) else { preconditionFailure("32 bytes") }
        return token
    }

    private static let device: DeviceID = {
        var broker = Broker()
        return broker.addDevice(named: "phone", environment: .sandbox, baseToken: Self.token)
    }()
}
