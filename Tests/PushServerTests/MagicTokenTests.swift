import PushBroker
import PushIdentity
import PushServer
import PushVocabulary
import ServiceTestSupport
import Testing

struct MagicTokenTests {
    /// With it the keyed hash of which an app's token is made begins with `fa1705`: one in a million does so.
    private static let baseToken = DeviceToken(Array(repeating: 0, count: 29) + [0x04, 0x0F, 0x79])

    @Test func `no device gets a token that would have everything refused`() async throws {
        let scene = try await HostScene()
        let topic = Topic("com.example.app")
        let baseToken = try #require(Self.baseToken)
        let hash = try #require(DeviceToken(Digest.hmacSHA256(key: baseToken.bytes, message: topic.hash.bytes)))
        try #require(MagicToken(hash) != nil)
        let tokens = try await scene.perform { host in
            try ["first", "again"].map { name in
                let provision = DeviceProvision(
                    name: name,
                    environment: .sandbox,
                    apps: [DeviceProvision.App(topic: topic)],
                    baseToken: baseToken
                )
                _ = try host.provision(provision)
                defer { _ = host.removeDevice(named: name) }
                let device = host.broker.device(named: name)
                return try #require(device.flatMap { host.broker.view(of: $0) }?.apps.first?.token)
            }
        }
        #expect(MagicToken(tokens[0]) == nil)
        #expect(tokens[1] == tokens[0])
    }
}
