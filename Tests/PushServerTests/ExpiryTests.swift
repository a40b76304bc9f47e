import APNSWire
import NIOCore
import PushBroker
import PushLedger
import PushServer
import PushTestSupport
import PushTransport
import PushVocabulary
import Testing

/// For how long a push may wait: what the frame says, and what the profile makes of it.
struct ExpiryTests {
    private static let start = UInt32(HostScene.start.unixSeconds)
    private static let thirtyDays: Duration = .seconds(30 * 86_400)

    private static func frame(_ format: OutgoingNotification.Format, expiry: UInt32?) -> OutgoingNotification {
        OutgoingNotification(
            format: format,
            token: [],
            payload: Array(#"{"aps":{}}"#.utf8),
            identifier: 1,
            expiry: expiry
        )
    }

    /// Stored until `end`, not a nanosecond longer, and nobody had to ask.
    private func expectKept(
        _ outgoing: OutgoingNotification,
        until end: Instant,
        profile: ServiceProfile = .standard,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let scene = try await HostScene(profile: profile)
        let id = try await scene.push(outgoing)
        #expect(try await scene.fate(of: id) == .stored(.deviceAway), sourceLocation: location)
        scene.clock.freeze(at: end - .nanoseconds(1))
        #expect(try await scene.fate(of: id) == .stored(.deviceAway), sourceLocation: location)
        scene.clock.freeze(at: end)
        #expect(try await scene.fate(of: id) == .expired(.timePassed), sourceLocation: location)
    }

    private func expectNeverStored(
        _ outgoing: OutgoingNotification,
        profile: ServiceProfile = .standard,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let away = try await HostScene(profile: profile)
        let lost = try await away.push(outgoing)
        #expect(try await away.fate(of: lost) == .expired(.notStored), sourceLocation: location)

        let near = try await HostScene(profile: profile)
        let link = try await near.makeLink()
        try await near.connect(link)
        let tried = try await near.push(outgoing)
        #expect(try await near.fate(of: tried) == .inFlight, sourceLocation: location)
        #expect(try await near.perform { _ in link.value.delivered.map(\.notification.id) } == [tried])
    }

    @Test(.seed("004-13"), arguments: [OutgoingNotification.Format.enhanced, .usualItems])
    func `a stored push expires exactly when its time comes`(_ format: OutgoingNotification.Format) async throws {
        let end = HostScene.start + .seconds(600)
        try await self.expectKept(Self.frame(format, expiry: Self.start + 600), until: end)
    }

    @Test func `command 0 has no expiry: it is kept for thirty days`() async throws {
        try await self.expectKept(Self.frame(.simple, expiry: nil), until: HostScene.start + Self.thirtyDays)
    }

    @Test(arguments: [0x7FFF_FFFF, start + 31 * 86_400, start + 30 * 86_400] as [UInt32])
    func `a far future ends after thirty days`(_ expiry: UInt32) async throws {
        try await self.expectKept(
            Self.frame(.enhanced, expiry: expiry),
            until: HostScene.start + Self.thirtyDays
        )
    }

    @Test(arguments: [0, 0xFFFF_FFFF, 0x8000_0000] as [UInt32])
    func `zero and below are tried once and never stored`(_ expiry: UInt32) async throws {
        try await self.expectNeverStored(Self.frame(.enhanced, expiry: expiry))
        try await self.expectNeverStored(Self.frame(.usualItems, expiry: expiry))
    }

    @Test(arguments: [1, start - 1, start] as [UInt32])
    func `a time that has passed gets one attempt`(_ expiry: UInt32) async throws {
        try await self.expectNeverStored(Self.frame(.usualItems, expiry: expiry))
    }

    @Test func `command 2 without item 4 is not stored, unless the profile says so`() async throws {
        try await self.expectNeverStored(Self.frame(.usualItems, expiry: nil))
        var profile = ServiceProfile.standard
        profile.storesWithoutExpiry = true
        try await self.expectKept(
            Self.frame(.usualItems, expiry: nil),
            until: HostScene.start + Self.thirtyDays,
            profile: profile
        )
    }

    @Test func `where an expiry is unsigned, 0xFFFFFFFF is far away and zero still forbids`() async throws {
        var profile = ServiceProfile.standard
        profile.expiryIsSigned = false
        try await self.expectKept(
            Self.frame(.enhanced, expiry: 0xFFFF_FFFF),
            until: HostScene.start + Self.thirtyDays,
            profile: profile
        )
        try await self.expectNeverStored(Self.frame(.enhanced, expiry: 0), profile: profile)
    }

    @Test func `the longest a push is kept is the profile's`() async throws {
        var profile = ServiceProfile.standard
        profile.maximumStorage = .seconds(60)
        for expiry in [nil, Self.start + 61, 0x7FFF_FFFF] as [UInt32?] {
            let frame = Self.frame(expiry == nil ? .simple : .enhanced, expiry: expiry)
            try await self.expectKept(frame, until: HostScene.start + .seconds(60), profile: profile)
        }
    }

    @Test func `a push that takes another's place brings its own time`() async throws {
        let scene = try await HostScene()
        let first = try await scene.push(Self.frame(.enhanced, expiry: Self.start + 50))
        let second = try await scene.push(Self.frame(.enhanced, expiry: Self.start + 100))
        #expect(try await scene.fate(of: first) == .coalesced(by: second))
        scene.clock.freeze(at: HostScene.start + .seconds(50))
        #expect(try await scene.fate(of: second) == .stored(.deviceAway))
        scene.clock.freeze(at: HostScene.start + .seconds(100))
        #expect(try await scene.fate(of: second) == .expired(.timePassed))
        #expect(try await scene.perform { $0.timers.nextDue } == nil, "nothing is owed any more")
        #expect(try await scene.perform { $0.ledger.counters.addUp })
    }

    @Test(.seed("004-22"))
    func `what was in flight too long when the connection went is not kept`() async throws {
        let scene = try await HostScene()
        let link = try await scene.makeLink()
        try await scene.connect(link)
        let id = try await scene.push(Self.frame(.enhanced, expiry: Self.start + 60))
        scene.clock.freeze(at: HostScene.start + .seconds(61))
        #expect(try await scene.fate(of: id) == .inFlight, "it is on its way: time does not call it back")
        try await scene.perform { host in
            guard let device = host.broker.device(named: "phone") else { return }
            host.disconnected(device, link: link.value)
        }
        #expect(try await scene.fate(of: id) == .expired(.timePassed))
    }
}
