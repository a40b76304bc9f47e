import APNSWire
import NIOCore
import PushTestSupport
import Testing

struct ErrorPacketTests {
    @Test(
        .seed("004-12"),
        arguments: [
            (ErrorStatus.invalidToken, 0x1122_3344, "08 08 11223344"),
            (.missingDeviceToken, 7, "08 02 00000007"),
            (.missingDeviceToken, 0, "08 02 00000000"),
            (.protocolError, 0xFFFF_FFFF, "08 80 ffffffff"),
            (.shutdown, 1, "08 0a 00000001"),
        ] as [(ErrorStatus, UInt32, String)]
    )
    func `six bytes: 8, the status, the identifier as received`(
        _ status: ErrorStatus,
        identifier: UInt32,
        bytes: String
    ) {
        let packet = ErrorPacket(status: status, identifier: identifier)
        var buffer = ByteBuffer()
        packet.write(into: &buffer)
        #expect(Array(buffer.readableBytesView) == hex(bytes))
        #expect(ErrorPacket(readingFrom: &buffer) == packet)
        #expect(buffer.readableBytes == 0)
    }

    @Test func `a cut packet waits whole in the buffer`() {
        for cut in 0..<6 {
            var buffer = ByteBuffer(bytes: hex("08 08 11223344").prefix(cut))
            #expect(ErrorPacket(readingFrom: &buffer) == nil)
            #expect(buffer.readableBytes == cut)
        }
    }

    @Test func `what starts with another byte than 8 is no error packet`() {
        var buffer = ByteBuffer(bytes: hex("01 08 11223344"))
        #expect(ErrorPacket(readingFrom: &buffer) == nil)
        #expect(buffer.readableBytes == 6)
    }

    @Test func `every status byte can be sent, those of Apple's table have a meaning`() {
        for status in UInt8.min...UInt8.max {
            var buffer = ByteBuffer()
            ErrorPacket(status: status, identifier: 1).write(into: &buffer)
            #expect(ErrorPacket(readingFrom: &buffer)?.status == status)
        }
        #expect(ErrorStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 128, 255])
        #expect(Set(ErrorStatus.allCases.map(\.meaning)).count == ErrorStatus.allCases.count)
    }
}
