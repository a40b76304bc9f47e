import APNSWire
import MockDevice
import NIOCore
import NIOEmbedded
import PushBroker
import PushLedger
import PushServer
import PushTestSupport
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Testing

/// The days of `KeepAliveTests` once more, with everything that lies between: the phone's connection, the operator as
/// its network, the courier, in memory.
struct KeepAlivePathTests {
    private static let day: Duration = .seconds(24 * 3_600)

    private final class Events {
        var all: [DeviceEvent] = []
    }

    /// What a day came to, read off the phone's own log.
    private struct Course {
        var outages: [(from: Duration, to: Duration)] = []
        var settled = Duration.zero

        /// By how much pushes are late, were one sent at every minute of the day.
        var lateness: [Duration] {
            (0..<1_440).compactMap { minute in
                let sent = Duration.seconds(60 * minute)
                return self.outages.first { $0.from <= sent && sent < $0.to }.map { $0.to - sent }
            }
        }
    }

    private func scene(_ day: KeepAliveTests.Day) throws -> (MemoryScene, Events, DeviceToken) {
        let events = Events()
        let scene = try MemoryScene(eventLoop: EmbeddedEventLoop()) { events.all.append($0) }
        let network = try #require(NetworkCatalogue.builtIn.profile(named: "operator-\(day.cutOffMinutes)-minutes"))
        var phone = MockDeviceConfiguration(
            name: "phone",
            environment: .sandbox,
            apps: [MockApp(topic: TestService.topic)],
            network: network
        )
        phone.keepAlive = try #require(KeepAliveProfile.named(day.profile))
        return (scene, events, try scene.addPhone(phone))
    }

    private func course(_ events: [DeviceEvent], cutOff: Duration) -> Course {
        var course = Course()
        var lastTraffic = MemoryScene.start
        var cut: Instant?
        for event in events {
            switch event.kind {
            case .keptAlive: lastTraffic = event.at
            case .keepAliveUnanswered: cut = lastTraffic + cutOff
            case .connected:
                if let begun = cut {
                    course.outages.append(
                        (MemoryScene.start.duration(to: begun), MemoryScene.start.duration(to: event.at))
                    )
                }
                cut = nil
                lastTraffic = event.at
            default: break
            }
        }
        return course
    }

    @Test(.seed("003-15", "003-16", "003-18", "000-06"), arguments: KeepAliveTests.days)
    func `over a whole connection a day comes to the same as by the algorithm alone`(_ day: KeepAliveTests.Day) throws {
        let (scene, events, _) = try self.scene(day)
        scene.walk(Self.day)
        // An answer that is owed at midnight is waited for.
        while scene.devices.snapshot("phone")?.isOnline != true || events.all.last?.kind.isUnanswered == true {
            scene.walk(.seconds(1))
        }
        var course = self.course(events.all, cutOff: .seconds(60 * day.cutOffMinutes))
        course.settled = try #require(scene.devices.snapshot("phone")?.keepAlive.interval)
        let alone = try #require(day.run)
        let late = course.lateness
        #expect(course.settled.components.seconds == day.settledSeconds)
        #expect(abs(course.outages.count - alone.outages.count) <= 1, "the one at midnight may be counted or not")
        #expect(abs(late.count - day.latePushes) <= 12)
        #expect((late.max() ?? .zero).components.seconds == day.latestSeconds)
        for (own, theirs) in zip(course.outages, alone.outages) {
            #expect(own.from == theirs.from && own.to == theirs.to)
        }
    }

    @Test(
        .seed("000-03", "000-06", "003-15"),
        arguments: [("windows-mobile", 4), ("windows-mobile", 15), ("ios-wifi", 60)]
    )
    func `pushes of a day all arrive, and none is later than the path explains`(_ name: String, _ minutes: Int) throws {
        let day = try #require(KeepAliveTests.days.first { $0.profile == name && $0.cutOffMinutes == minutes })
        let (scene, events, token) = try self.scene(day)
        var sent: [Instant] = []
        // Every 97 minutes: rarely enough for the path to fall silent in between.
        while MemoryScene.start.duration(to: scene.clock.now) < Self.day {
            scene.walk(.seconds(97 * 60))
            sent.append(scene.clock.now)
            try scene.push(.alert("\(sent.count)", to: token))
        }
        scene.walk(.seconds(2 * 3_600))
        let received = events.all.filter(\.kind.isReceived).map(\.at)
        #expect(received.count == sent.count && scene.host.ledger.counters.delivered == UInt64(sent.count))
        let late = zip(sent, received).map { $0.duration(to: $1) }
        #expect(late.allSatisfy { $0 >= .zero && $0.components.seconds <= max(day.latestSeconds, 1_021) })
        #expect(late.contains { $0 == .zero })
        if minutes == 4 { #expect(late.contains { $0 > .seconds(60) }, "half of the silence there is dead") }
    }
}

extension DeviceEvent.Kind {
    fileprivate var isUnanswered: Bool { if case .keepAliveUnanswered = self { true } else { false } }
}
