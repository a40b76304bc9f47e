import APNSWire
import NIOCore
import PushBroker
import PushServer
import PushVocabulary

/// Messages come apart and together again, and the session keeps to its states in whatever order they come.
enum FuzzCourier {
    /// The first byte says what becomes of Connect.
    static func run(_ input: inout FuzzInput) {
        let isAdmitted = input.byte() & 1 == 0
        var buffer = ByteBuffer(bytes: input.rest)
        var session = CourierSession()
        var device: DeviceID?
        var isOver = false
        while let frame = try? CourierFrameDecoder().next(in: &buffer) {
            self.checkRoundTrip(frame)
            guard let message = try? CourierSession.message(in: frame) else { return }
            switch session.received(message) {
            case .admit:
                precondition(device == nil && !isOver, "a second Connect was taken")
                if isAdmitted {
                    device = self.device
                    _ = session.admitted(self.device, baseToken: self.token, at: Instant(unixSeconds: 1))
                } else {
                    isOver = true
                    _ = session.refused(at: Instant(unixSeconds: 1))
                }
            case .close:
                precondition(!isOver, "a closing connection was closed")
                isOver = true
            case .filter(let who, _, _), .acknowledge(let who, _), .giveAppToken(let who, _):
                precondition(who == device && !isOver, "a message was taken for a device that is not there")
            case .answer: precondition(device != nil && !isOver, "something was answered to a stranger")
            case .nothing: break
            }
            precondition(session.device == device, "the session forgot its device")
        }
    }

    /// What can be read can be written, and reads the same again.
    private static func checkRoundTrip(_ frame: CourierFrame) {
        guard let message = try? CourierMessage(frame) else { return }
        var written = ByteBuffer()
        message.write(into: &written)
        guard let again = try? CourierFrameDecoder().next(in: &written).map({ try CourierMessage($0) }) else {
            preconditionFailure("what was written cannot be read: \(message)")
        }
        precondition(again == message, "\(message) became \(again)")
    }

    private static let token: DeviceToken = {
        guard let token = DeviceToken(Array(repeating: 7, count: 32)) else { preconditionFailure("32 bytes") }
        return token
    }()

    private static let device: DeviceID = {
        var broker = Broker()
        return broker.addDevice(named: "phone", environment: .sandbox, baseToken: Self.token)
    }()
}
