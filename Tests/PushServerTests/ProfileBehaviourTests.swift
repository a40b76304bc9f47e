import APNSWire
import MockDevice
import MockProvider
import NIOCore
import PushBroker
import PushIdentity
import PushLedger
import PushServer
import PushTestSupport
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Testing

/// What each choice of a profile changes, as a provider sees it over real TLS.
struct ProfileBehaviourTests {
    private static func profile(_ name: String, _ choices: [String: String] = [:]) throws -> ServiceProfile {
        var profile = try #require(ServiceProfile.named(name))
        for (choice, value) in choices { try profile.set(choice, to: value) }
        return profile
    }

    /// What a frame gets on a connection of its own; a good one behind it shows whether the connection is usable.
    private func verdict(
        on bytes: [UInt8],
        profile: ServiceProfile,
        kind: IdentityKind? = nil
    ) async throws -> (answer: GatewayAnswer, entry: NotificationEntry) {
        var seen: (GatewayAnswer, NotificationEntry)?
        try await TestService.with(profile: profile) { service in
            let provider = try await service.client(kind: kind).connect()
            try await provider.send(bytes: bytes)
            let all = try await service.wait(.everything)
            let accepted = all[0].verdict == .accepted
            let answer = await provider.answer(within: accepted ? .milliseconds(30) : .seconds(5))
            seen = (answer, all[0])
            await provider.close()
        }
        return try #require(seen)
    }

    private static let known: [UInt8] = Array(repeating: 0x70, count: 32)

    @Test(arguments: [("2009", [1, 2]), ("2010", [2]), ("2013", []), ("2014", [])] as [(String, [UInt8])])
    func `an era knows its commands, and drops the connection at the later ones`(
        _ name: String,
        _ unknown: [UInt8]
    ) async throws {
        let formats: [OutgoingNotification.Format] = [.simple, .enhanced, .usualItems]
        for (command, format) in zip([0, 1, 2] as [UInt8], formats) {
            let (answer, entry) = try await verdict(
                on: WireFrame.bytes(5, format),
                profile: Self.profile(name)
            )
            if unknown.contains(command) {
                #expect(answer == .closed)
                #expect(entry.verdict == .rejected(status: 128))
                #expect(!entry.replySent)
                #expect(entry.note?.contains("no command") == true)
            } else {
                #expect(entry.verdict == .rejected(status: 8), "the frame itself was read; its token is unknown")
            }
        }
    }

    @Test(arguments: ["late", "strict"])
    func `late and strict answer an unknown command with 128 and identifier 0`(_ name: String) async throws {
        let (answer, entry) = try await verdict(on: [7, 1, 2, 3], profile: Self.profile(name))
        #expect(answer == .packet(ErrorPacket(status: .protocolError, identifier: 0)))
        #expect(entry.verdict == .rejected(status: 128))
    }

    private static func payload(_ count: Int) -> [UInt8] {
        Array(#"{"aps":{"alert":"\#(String(repeating: "x", count: count - 20))"}}"#.utf8)
    }

    @Test(
        arguments: [
            ("2009", .development, 256), ("2010", .development, 256), ("2013", .development, 256),
            ("2014", .development, 2_048), ("2014", .voip, 4_096), ("voip", .development, 4_096),
            ("lenient", .development, 4_096), ("late", .development, 2_048), ("strict", .development, 2_048),
        ] as [(String, IdentityKind, Int)]
    )
    func `a payload may have as many bytes as in its era, and not one more`(
        _ name: String,
        _ kind: IdentityKind,
        _ limit: Int
    ) async throws {
        let profile = try Self.profile(name)
        let format: OutgoingNotification.Format = name == "2009" ? .simple : .enhanced
        let most = WireFrame.bytes(3, format, payload: Self.payload(limit))
        let tooMany = WireFrame.bytes(3, format, payload: Self.payload(limit + 1))
        let mostVerdict = try await self.verdict(on: most, profile: profile, kind: kind).entry.verdict
        #expect(mostVerdict == .rejected(status: 8))
        let refused = try await self.verdict(on: tooMany, profile: profile, kind: kind).entry
        #expect(refused.verdict == .rejected(status: 7))
        #expect(refused.replySent == (name != "2009"), "the simple format is told nothing")
    }

    @Test func `lenient takes a token of another size, and the ledger says that the real gateway did not`() async throws
    {
        for (count, payload) in [(31, 30), (32, 2_049), (100, 4_096)] {
            let token = try #require(DeviceToken(Array(repeating: 9, count: count)))
            try await TestService.with(profile: Self.profile("lenient")) { service in
                try await service.server.perform { host in
                    let app = DeviceProvision.App(topic: TestService.topic, token: token)
                    _ = try host.provision(DeviceProvision(name: "odd", environment: .sandbox, apps: [app]))
                }
                let provider = try await service.client().connect()
                try await provider.send([
                    OutgoingNotification(token: token.bytes, payload: Self.payload(payload), identifier: 1)
                ])
                let accepted = try await service.wait(NotificationFilter(verdict: .accepted))
                let note = accepted[0].note ?? ""
                #expect(note.contains("lenient"))
                #expect(note.contains("status 5") == (count != 32))
                #expect(note.contains("status 7") == (payload > 2_048))
                #expect(accepted[0].fate == .stored(.deviceAway), "lenient stores without an expiry")
            }
        }
    }

    @Test(arguments: [0, 1, 9, 11, 255] as [UInt8])
    func `another priority counts as 10 and is recorded, or gets 128 from a strict gateway`(
        _ priority: UInt8
    ) async throws {
        for name in ["2014", "strict"] {
            try await TestService.with(profile: Self.profile(name)) { service in
                let tokens = try await service.addPhone()
                let provider = try await service.client().connect()
                var push = OutgoingNotification.alert(to: tokens[0], identifier: 6)
                push.priority = priority
                try await provider.send([push])
                if name == "strict" {
                    let answer = await provider.answer(within: .seconds(5))
                    #expect(answer == .packet(ErrorPacket(status: .protocolError, identifier: 6)))
                } else {
                    try await service.wait(NotificationFilter(fate: .delivered))
                }
                let note = try await service.notifications()[0].note
                #expect(note == "the priority is \(priority), neither 5 nor 10")
            }
        }
    }

    @Test func `a dead token is taken in silence with feedback first, and gets 8 later`() async throws {
        try await TestService.with(profile: Self.profile("2014", ["dead-token-pushes": "2"])) { service in
            let tokens = try await service.addPhone(topics: [TestService.topic, TestService.otherTopic])
            try await service.fleet.uninstall(TestService.topic, from: "phone")
            // The other app's token request is answered behind the Filter that reported the removal.
            try await service.fleet.install("com.example.third", on: "phone")
            let client = try service.client()
            let provider = try await client.connect()
            try await provider.send((1...4).map { .alert(to: tokens[0], identifier: $0) })
            let answer = await provider.answer(within: .seconds(5))
            #expect(answer == .packet(ErrorPacket(status: .invalidToken, identifier: 3)))
            #expect(
                try await service.notifications().map(\.verdict.kind) == [.accepted, .accepted, .rejected, .discarded]
            )
            #expect(try await client.readFeedback().map(\.token) == [tokens[0]])
            try await service.fleet.install(TestService.topic, on: "phone")
            let again = try await client.connect()
            try await again.send([.alert(to: tokens[0], identifier: 9)])
            try await service.wait(NotificationFilter(fate: .delivered, identifier: 9))
        }
    }

    @Test(arguments: [("yes", Fate.inFlight), ("no", .expired(.timePassed))] as [(String, Fate)])
    func `a push whose time has passed is tried once, or not at all`(_ value: String, _ fate: Fate) async throws {
        let scene = try await HostScene(profile: Self.profile("2014", ["try-expired": value]))
        let link = try await scene.makeLink()
        try await scene.connect(link)
        let past = UInt32(HostScene.start.unixSeconds - 1)
        let payload = Array(#"{"aps":{}}"#.utf8)
        let id = try await scene.push(OutgoingNotification(token: [], payload: payload, identifier: 1, expiry: past))
        #expect(try await scene.fate(of: id) == fate)
        let never = try await scene.push(OutgoingNotification(token: [], payload: payload, identifier: 2, expiry: 0))
        #expect(try await scene.fate(of: never) != .expired(.timePassed), "zero is no time that has passed")
        #expect(try await scene.perform { $0.ledger.counters.addUp })
    }

    @Test func `a reply can take its time, in which the provider writes on`() async throws {
        let clock = ProductClock(.manual, start: Instant(unixSeconds: 1_400_000_000))
        try await TestService.with(profile: Self.profile("2014", ["reply-delay": "250ms"]), clock: clock) { service in
            let provider = try await service.client().connect()
            try await provider.send(bytes: WireFrame.bytes(1) + WireFrame.bytes(2))
            try await service.wait(NotificationFilter(verdict: .discarded, identifier: 2))
            #expect(await provider.answer(within: .milliseconds(50)) == .silence)
            try await provider.send(bytes: WireFrame.bytes(3))
            provider.endOutput()
            try await service.wait(NotificationFilter(verdict: .discarded, identifier: 3))
            let fired = await clock.advance(to: clock.now + .milliseconds(250), keepers: [service.server])
            #expect(fired.map(\.purpose) == ["reply delay"])
            let answer = await provider.answer(within: .seconds(5))
            #expect(answer == .packet(ErrorPacket(status: .invalidToken, identifier: 1)))
        }
    }

    @Test(arguments: [
        (#"{"x":1}"#, "no aps"), (#"{ "aps" : { "content-available" : 1 } }"#, "content-available"),
        (#"{"aps":{"badge":"7"}}"#, "badge"), (#"{"aps":{"alert":"g","badge":"7"}}"#, "badge"),
        (#"{"y":{"aps":{}}}"#, "no aps"), (#"{"y":"aps"}"#, "no aps"),
    ])
    func `what the gateway took although it is odd is delivered, and noted`(
        _ payload: String,
        _ word: String
    ) async throws {
        try await self.expectNote(payload) { $0?.contains(word) == true }
    }

    @Test(arguments: [
        #"{"aps":{"alert":"going, going"}}"#, #"{"aps":{"content-available":1,"sound":""}}"#, #"{"aps":{"badge":7}}"#,
        #"{"\u0061ps":{}}"#, #"{"aps":{}}"#, #"{"aps":{"alert":{"badge":"x"}},"badge":"y"}"#,
        #"{"aps":{"alert":"say \"aps\": now","x":["badge","y"]}}"#,
    ])
    func `what is not odd is not noted`(_ payload: String) async throws {
        try await self.expectNote(payload) { $0 == nil }
    }

    private func expectNote(_ payload: String, _ isRight: (String?) -> Bool) async throws {
        let scene = try await HostScene()
        let outgoing = OutgoingNotification(token: [], payload: Array(payload.utf8), identifier: 1, priority: 10)
        let id = try await scene.push(outgoing)
        let note = try await scene.perform { $0.ledger.notifications(limit: 9).items.first { $0.id == id }?.note }
        #expect(isRight(note), "\(note ?? "none")")
    }

    @Test func `content-available with priority 5 is as it should be`() async throws {
        let scene = try await HostScene()
        let payload = Array(#"{"aps":{"content-available":1}}"#.utf8)
        let id = try await scene.push(OutgoingNotification(token: [], payload: payload, identifier: 1, priority: 5))
        #expect(try await scene.perform { $0.ledger.notifications(limit: 9).items.first { $0.id == id }?.note } == nil)
    }
}
