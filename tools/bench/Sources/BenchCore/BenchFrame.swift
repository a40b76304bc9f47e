import APNSWire
import NIOCore
import PushVocabulary

/// The frames that the load generator sends, too.
enum BenchFrame {
    static func payload(_ byteCount: Int) -> [UInt8] {
        let start = Array(#"{"aps":{"alert":""#.utf8)
        let end = Array(#"","badge":1,"sound":"default"}}"#.utf8)
        return start + Array(repeating: UInt8(ascii: "x"), count: byteCount - start.count - end.count) + end
    }

    /// A token that is like no other.
    static func token(_ number: Int) -> DeviceToken {
        var random = SeededGenerator(seed: UInt64(bitPattern: Int64(number)))
        guard let token = DeviceToken((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }) else {
            preconditionFailure("32 bytes are a token")
        }
        return token
    }

    /// 361 bytes of command 2, or 245 of command 1.
    static func write(command: Int, number: Int, into buffer: inout ByteBuffer) {
        OutgoingNotification(
            format: command == 2 ? .usualItems : .enhanced,
            token: Self.token(number).bytes,
            payload: Self.payload(command == 2 ? 300 : 200),
            identifier: UInt32(number),
            expiry: 2_000_000_000,
            priority: command == 2 ? 10 : nil
        ).write(into: &buffer)
    }
}
