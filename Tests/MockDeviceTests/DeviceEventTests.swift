import MockDevice
import PushIdentity
import PushTestSupport
import PushVocabulary
import Testing

struct DeviceEventTests {
    private func line(_ kind: DeviceEvent.Kind) -> String {
        DeviceEvent(device: "phone", at: Instant(unixSeconds: 0), kind: kind).description
    }

    @Test(.seed("004-36", "004-37", "004-38"))
    func `the lines read as the real daemon's`() {
        #expect(
            self.line(.connected(courier: "courier.sandbox.push.apple.com"))
                == "Connected to courier courier.sandbox.push.apple.com"
        )
        #expect(
            self.line(.disconnected(reason: "connection reset"))
                == "Disconnecting in response to connection failure: connection reset"
        )
        let topic: Topic = "com.example.app"
        let received = DeviceEvent.Kind.received(
            topic,
            hash: topic.hash,
            payload: [],
            messageIdentifier: 1,
            fromStorage: false
        )
        #expect(self.line(received) == "Received message for enabled topic com.example.app")
    }

    @Test(.seed("004-39"))
    func `a topic that no installed app tells the name of is logged by the SHA-1 of the bundle identifier`() {
        let received = DeviceEvent.Kind.received(
            nil,
            hash: Topic("com.example.app").hash,
            payload: [],
            messageIdentifier: 1,
            fromStorage: true
        )
        #expect(
            self.line(received)
                == "Received message for enabled topic a003f1da17993ee51f2b3ceef6c6153afa8f3ec2, from storage"
        )
    }
}
