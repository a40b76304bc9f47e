import PushVocabulary
import Testing

struct InstantTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (951_868_799, "2000-02-29T23:59:59.000Z"),
            (951_868_800, "2000-03-01T00:00:00.000Z"),
            (1_398_902_400, "2014-05-01T00:00:00.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.000Z"),
            (-2_203_891_200, "1900-03-01T00:00:00.000Z"),
        ] as [(Int64, String)]
    )
    func `a time reads as RFC 3339, leap days and the years before 1970 included`(seconds: Int64, text: String) {
        #expect(Instant(unixSeconds: seconds).description == text)
    }

    @Test func `milliseconds are rounded down, before 1970 too`() {
        #expect(Instant(nanosecondsSinceEpoch: 1_999_999).description == "1970-01-01T00:00:00.001Z")
        #expect(Instant(nanosecondsSinceEpoch: -1).description == "1969-12-31T23:59:59.999Z")
        #expect(Instant(nanosecondsSinceEpoch: -1).unixSeconds == -1)
        #expect(Instant(nanosecondsSinceEpoch: -1_000_000_000).unixSeconds == -1)
        #expect(Instant(nanosecondsSinceEpoch: 1_999_999_999).unixSeconds == 1)
    }

    @Test func `a step forward and the way back end where they began`() {
        let start = Instant(unixSeconds: 100)
        let step = Duration.milliseconds(2_500)
        #expect((start + step).nanosecondsSinceEpoch == 102_500_000_000)
        #expect(start + step - step == start)
        #expect(start.duration(to: start + step) == step)
        #expect(start < start + step)
    }
}
