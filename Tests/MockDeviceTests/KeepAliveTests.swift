import APNSWire
import Foundation
import MockDevice
import NIOCore
import PushTestSupport
import PushVocabulary
import Testing

/// How a phone finds out how much silence its path bears: the heartbeat of Direct Push (seed 003), and growth in stages.
struct KeepAliveTests {
    // MARK: - Days

    /// What a day comes to behind one operator.
    struct Day: Sendable, CustomTestStringConvertible {
        let profile: String
        let cutOffMinutes: Int
        let settledSeconds: Int64
        /// Connections lost to the operator.
        let outages: Int
        /// Of a push every minute, how many were late, and the latest by how many seconds.
        let latePushes: Int
        let latestSeconds: Int64

        init(_ profile: String, _ cutOff: Int, settles: Int64, outages: Int, late: Int, latest: Int64) {
            self.profile = profile
            self.cutOffMinutes = cutOff
            self.settledSeconds = settles
            self.outages = outages
            self.latePushes = late
            self.latestSeconds = latest
        }

        var testDescription: String { "\(self.profile), cut after \(self.cutOffMinutes) min" }

        var run: KeepAliveDay? {
            KeepAliveProfile.named(self.profile).map {
                KeepAliveDay($0, cutOff: .seconds(60 * self.cutOffMinutes))
            }
        }
    }

    static let days = [
        Day("quarter-hour", 4, settles: 900, outages: 90, late: 1_080, latest: 721),
        Day("quarter-hour", 8, settles: 900, outages: 90, late: 720, latest: 481),
        Day("quarter-hour", 15, settles: 900, outages: 90, late: 91, latest: 61),
        Day("quarter-hour", 28, settles: 900, outages: 0, late: 0, latest: 0),
        Day("quarter-hour", 60, settles: 900, outages: 0, late: 0, latest: 0),
        Day("windows-mobile", 4, settles: 480, outages: 160, late: 800, latest: 301),
        Day("windows-mobile", 8, settles: 480, outages: 160, late: 162, latest: 61),
        Day("windows-mobile", 15, settles: 892, outages: 2, late: 6, latest: 241),
        Day("windows-mobile", 28, settles: 1_642, outages: 1, late: 2, latest: 61),
        Day("windows-mobile", 60, settles: 1_680, outages: 0, late: 0, latest: 0),
        Day("android-exchange", 8, settles: 470, outages: 3, late: 7, latest: 211),
        Day("android-exchange", 15, settles: 875, outages: 2, late: 4, latest: 171),
        Day("android-exchange", 28, settles: 1_010, outages: 0, late: 0, latest: 0),
        Day("short-timeout-operator", 4, settles: 210, outages: 3, late: 9, latest: 301),
        Day("short-timeout-operator", 8, settles: 435, outages: 1, late: 2, latest: 61),
        Day("short-timeout-operator", 15, settles: 892, outages: 2, late: 6, latest: 241),
        Day("short-timeout-operator", 28, settles: 1_642, outages: 1, late: 2, latest: 61),
        Day("short-timeout-operator", 60, settles: 1_680, outages: 0, late: 0, latest: 0),
        Day("ios-cellular", 4, settles: 600, outages: 131, late: 918, latest: 721),
        Day("ios-cellular", 8, settles: 600, outages: 131, late: 398, latest: 481),
        Day("ios-cellular", 15, settles: 840, outages: 1, late: 2, latest: 61),
        Day("ios-cellular", 28, settles: 1_620, outages: 0, late: 0, latest: 0),
        Day("ios-wifi", 28, settles: 1_620, outages: 2, late: 6, latest: 181),
        Day("ios-wifi", 60, settles: 3_540, outages: 1, late: 2, latest: 61),
    ]

    @Test(.seed("003-15", "003-16", "003-18", "000-06"), arguments: days)
    func `a day behind an operator that cuts silent connections`(_ day: Day) throws {
        let run = try #require(day.run)
        let late = run.lateness
        #expect(run.settled.components.seconds == day.settledSeconds)
        #expect(run.outages.count == day.outages)
        #expect(late.count == day.latePushes)
        #expect((late.max() ?? .zero).components.seconds == day.latestSeconds)
        // Where the path bears the minimum at all, its time-out is found from below and held.
        let profile = try #require(KeepAliveProfile.named(day.profile))
        let cutOff = Duration.seconds(60 * day.cutOffMinutes)
        if profile.strategy != .fixed, profile.minimum < cutOff {
            #expect(run.settled < cutOff)
            #expect(run.outages.allSatisfy { $0.to < .seconds(12 * 3_600) }, "the second half of the day is quiet")
        }
    }

    /// One curve for each operator, to be looked at: `.build/plots/keep-alive-PROFILE.svg`.
    @Test(arguments: ["windows-mobile", "short-timeout-operator", "ios-wifi"])
    func `the interval over a day is drawn`(_ name: String) throws {
        let profile = try #require(KeepAliveProfile.named(name))
        var curves = ""
        for (cutOff, colour) in [(4, "#d62728"), (8, "#ff7f0e"), (15, "#2ca02c"), (28, "#1f77b4"), (60, "#9467bd")] {
            let day = KeepAliveDay(profile, cutOff: .seconds(60 * cutOff))
            let points = day.intervals.map { point in
                "\(40 + point.at.components.seconds / 108),\(380 - point.interval.components.seconds / 10)"
            }
            #expect(points.count > 20)
            curves += "<polyline fill='none' stroke='\(colour)' points='\(points.joined(separator: " "))'/>"
            curves += "<text x='850' y='\(380 - 6 * cutOff)' fill='\(colour)'>\(cutOff) min</text>\n"
        }
        let plot = """
            <svg xmlns='http://www.w3.org/2000/svg' width='920' height='420' font-family='sans-serif' font-size='12'>
            <rect width='920' height='420' fill='white'/>
            <text x='40' y='16'>\(name): seconds between keep-alives over a day, by the operator's cut-off</text>
            <path d='M40 20V380H840' stroke='black' fill='none'/>
            <text x='4' y='384'>0</text><text x='4' y='204'>1800</text><text x='4' y='24'>3600</text>
            <text x='820' y='398'>24 h</text>
            \(curves)</svg>
            """
        let folder = URL(fileURLWithPath: ".build/plots", isDirectory: true)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(plot.utf8).write(to: folder.appendingPathComponent("keep-alive-\(name).svg"))
    }

    // MARK: - The heartbeat of Direct Push

    private static let heartbeat = KeepAliveProfile(
        strategy: .directPush,
        start: .seconds(500),
        minimum: .seconds(100),
        maximum: .seconds(1_000),
        increment: .seconds(200),
        refinement: .seconds(50),
        rounds: 3
    )

    private static func answered(_ count: Int, _ keepAlive: inout KeepAlive) {
        for _ in 0..<count { keepAlive.answered() }
    }

    @Test(.seed("003-08"))
    func `the first interval is the default one`() {
        #expect(KeepAlive(Self.heartbeat).interval == .seconds(500))
    }

    @Test(.seed("003-09", "003-11", "003-12"))
    func `it grows after several good rounds, by the increment at most`() {
        var keepAlive = KeepAlive(Self.heartbeat)
        Self.answered(2, &keepAlive)
        #expect(keepAlive.interval == .seconds(500))
        keepAlive.answered()
        #expect(keepAlive.interval == .seconds(700))
        Self.answered(3, &keepAlive)
        #expect(keepAlive.interval == .seconds(900))
    }

    @Test(.seed("003-13"))
    func `it stays between its bounds`() {
        var keepAlive = KeepAlive(Self.heartbeat)
        Self.answered(30, &keepAlive)
        #expect(keepAlive.interval == .seconds(1_000))
        for _ in 0..<5 { keepAlive.unanswered() }
        #expect(keepAlive.interval == .seconds(100))
    }

    @Test(.seed("003-10", "003-12"))
    func `a raise that fails goes back to the last good value, and the next one is smaller`() {
        var keepAlive = KeepAlive(Self.heartbeat)
        Self.answered(3, &keepAlive)
        keepAlive.unanswered()
        #expect(keepAlive.interval == .seconds(500))
        Self.answered(3, &keepAlive)
        #expect(keepAlive.interval == .seconds(600), "half of what is left below the one that failed")
        keepAlive.unanswered()
        Self.answered(3, &keepAlive)
        #expect(keepAlive.interval == .seconds(550))
        Self.answered(20, &keepAlive)
        #expect(keepAlive.interval == .seconds(550), "another raise is not worth a connection")
    }

    @Test(.seed("003-10"))
    func `an interval that fails although it was not raised goes straight to the minimum`() {
        var keepAlive = KeepAlive(Self.heartbeat)
        Self.answered(4, &keepAlive)
        keepAlive.unanswered()
        #expect(keepAlive.interval == .seconds(100), "it had held once")
        Self.answered(3, &keepAlive)
        #expect(keepAlive.interval == .seconds(300), "and it is found again from there")
    }

    @Test(.seed("003-14"), arguments: [true, false])
    func `a failure with a known cause changes nothing`(_ isExplained: Bool) {
        var machine = DeviceMachine(
            apps: [DeviceMachineTests.app(DeviceMachineTests.mail, DeviceMachineTests.token(1))],
            baseToken: DeviceMachineTests.base,
            keepAlive: KeepAlive(Self.heartbeat)
        )
        _ = machine.connect()
        _ = machine.opened()
        _ = machine.received(DeviceMachineTests.accepted(), at: DeviceMachineTests.start)
        let asked = DeviceMachineTests.start + .seconds(500)
        _ = machine.timePassed(at: asked)
        _ = machine.closed(reason: "a call came in", isExplained: isExplained, at: asked + .seconds(1))
        #expect(machine.keepAlive.interval == .seconds(isExplained ? 500 : 100))
    }

    @Test(.seed("003-14"))
    func `a connection that ends between keep-alives tells nothing of the path`() {
        var machine = DeviceMachineTests.online()
        machine.setKeepAlive(Self.heartbeat, at: DeviceMachineTests.start)
        _ = machine.closed(reason: "the courier closed it", at: DeviceMachineTests.start + .seconds(499))
        #expect(machine.keepAlive.interval == .seconds(500))
    }

    @Test(.seed("003-03", "003-05", "003-07"))
    func `the interval is the phone's choice and travels in each keep-alive, in minutes`() {
        var machine = DeviceMachineTests.online()
        machine.setKeepAlive(Self.heartbeat, at: DeviceMachineTests.start)
        var now = DeviceMachineTests.start
        var minutes: [Int] = []
        for _ in 1...7 {
            now = machine.nextDeadline ?? now
            for case .send(.keepAlive(let message)) in machine.timePassed(at: now) {
                minutes.append(message.intervalMinutes ?? 0)
            }
            _ = machine.received(.keepAliveResponse(status: nil), at: now)
        }
        #expect(minutes == [8, 8, 8, 11, 11, 11, 15])
    }

    @Test func `a push starts the silence anew`() {
        var machine = DeviceMachineTests.online()
        let later = DeviceMachineTests.start + .seconds(600)
        let push = CourierNotification(token: nil, topic: nil, payload: .init(), messageIdentifier: 1)
        _ = machine.received(.notification(push), at: later)
        #expect(machine.nextDeadline == later + .seconds(900))
    }

    // MARK: - Growth in stages

    private static let staged = KeepAliveProfile(
        strategy: .staged,
        start: .seconds(600),
        minimum: .seconds(300),
        maximum: .seconds(2_000),
        increment: .seconds(300),
        refinement: .seconds(100),
        rounds: 1
    )

    @Test func `it grows by large steps, then by small ones, then it has settled`() {
        var keepAlive = KeepAlive(Self.staged)
        Self.answered(2, &keepAlive)
        #expect(keepAlive.interval == .seconds(1_200))
        keepAlive.unanswered()
        #expect(keepAlive.interval == .seconds(900), "the last good one")
        keepAlive.answered()
        #expect(keepAlive.interval == .seconds(1_000))
        keepAlive.unanswered()
        #expect(keepAlive.interval == .seconds(900))
        Self.answered(10, &keepAlive)
        #expect(keepAlive.interval == .seconds(900), "settled")
    }

    @Test func `a failure when settled halves it, and it grows again`() {
        var keepAlive = KeepAlive(Self.staged)
        keepAlive.answered()
        keepAlive.unanswered()
        keepAlive.answered()
        keepAlive.unanswered()
        Self.answered(3, &keepAlive)
        #expect(keepAlive.interval == .seconds(600))
        keepAlive.unanswered()
        #expect(keepAlive.interval == .seconds(300))
        keepAlive.answered()
        #expect(keepAlive.interval == .seconds(400), "by small steps below what just failed")
        for _ in 0..<5 { keepAlive.unanswered() }
        #expect(keepAlive.interval == .seconds(300), "never below the minimum")
    }

    // MARK: - Profiles

    @Test(.seed("003-18"))
    func `every profile of the catalogue is sound and found by its name`() {
        for entry in KeepAliveProfile.catalogue {
            #expect(entry.profile.defect == nil && !entry.summary.isEmpty)
            #expect(KeepAliveProfile.named(entry.name) == entry.profile && entry.profile.name == entry.name)
        }
        #expect(KeepAliveProfile.named(KeepAliveProfile.standardName) == .standard)
        #expect(KeepAliveProfile.named("never") == nil)
    }
}
