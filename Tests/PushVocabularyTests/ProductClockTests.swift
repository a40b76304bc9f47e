import PushVocabulary
import Synchronization
import Testing

struct ProductClockTests {
    private let start = Instant(unixSeconds: 1_398_902_400)

    @Test func `a manual clock stands where it was put`() {
        let clock = ProductClock(.manual, start: self.start)
        #expect(clock.mode == .manual)
        #expect(clock.now == self.start)
        #expect(clock.now == self.start)
    }

    @Test func `time goes forward only`() {
        let clock = ProductClock(.manual, start: self.start)
        clock.freeze(at: self.start + .seconds(60))
        #expect(clock.now == self.start + .seconds(60))
        clock.freeze(at: self.start + .seconds(59))
        #expect(clock.now == self.start + .seconds(60))
    }

    @Test func `observers hear of each jump, and of nothing when the clock stays`() {
        let clock = ProductClock(.manual, start: self.start)
        let heard = Mutex<[Instant]>([])
        clock.onChange { [unowned clock] in heard.withLock { $0.append(clock.now) } }
        clock.freeze(at: self.start)
        #expect(heard.withLock(\.self) == [])
        clock.freeze(at: self.start + .seconds(1))
        clock.freeze(at: self.start - .seconds(1))
        clock.freeze(at: self.start + .seconds(2))
        #expect(heard.withLock(\.self) == [self.start + .seconds(1), self.start + .seconds(2)])
    }

    @Test func `a real clock shows the system's time until it is stopped`() {
        let clock = ProductClock(.real)
        #expect(clock.mode == .real)
        let before = ProductClock.systemNow()
        let shown = clock.now
        #expect(before <= shown && shown <= ProductClock.systemNow())
        clock.freeze(at: self.start)
        #expect(clock.mode == .manual)
        #expect(clock.now == self.start)
    }
}
