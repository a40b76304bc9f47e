import APNSWire
import MockProvider
import NIOCore
import PushBroker
import PushLedger
import PushServer
import PushVocabulary
import ServiceTestSupport
import Testing

/// An item that stands in a frame twice, as each choice of the profile has it, over real TLS.
struct DuplicateItemTests {
    private static let identifier = WireFrame.item(3, [0, 0, 0, 7])

    @Test(arguments: [("128", 128), ("255", 255)] as [(String, UInt8)])
    func `it is refused with the status of the choice and the identifier read so far`(
        _ value: String,
        _ status: UInt8
    ) async throws {
        var profile = ServiceProfile.standard
        try profile.set("duplicate-item", to: value)
        try await TestService.with(profile: profile) { service in
            let token = WireFrame.item(1, try await service.addPhone(connected: false)[0].bytes)
            let payload = WireFrame.item(2, WireFrame.payload)
            let provider = try await service.client().connect()
            try await provider.send(bytes: WireFrame.items(Self.identifier, token, payload, payload))
            let heard = await provider.hear(until: .end, within: .seconds(5))
            #expect(Array(heard.bytes.readableBytesView) == [8, status, 0, 0, 0, 7])
            #expect(try await service.notifications()[0].verdict == .rejected(status: status))
        }
    }

    @Test func `the last one counts where the profile says so, and the ledger marks what was tolerated`() async throws {
        let lenient = try #require(ServiceProfile.named("lenient"))
        try await TestService.with(profile: lenient) { service in
            let tokens = try await service.addPhone(topics: [TestService.topic])
            let provider = try await service.client().connect()
            let frame = WireFrame.items(
                WireFrame.item(1, Array(repeating: 0xEE, count: 32)),
                WireFrame.item(2, Array("first".utf8)),
                WireFrame.item(3, [0, 0, 0, 1]),
                Self.identifier,
                WireFrame.item(1, tokens[0].bytes),
                WireFrame.item(2, Array(#"{"aps":{"alert":"last"}}"#.utf8))
            )
            try await provider.send(bytes: frame)
            let delivered = try await service.wait(NotificationFilter(fate: .delivered))
            #expect(delivered[0].wire.identifier == 7)
            #expect(String(decoding: delivered[0].content.payload, as: UTF8.self).contains("last"))
            #expect(delivered[0].note?.contains("stands in it twice") == true)
            #expect(delivered[0].note?.contains("lenient") == true)
            await provider.close()
        }
    }
}
