import PushIdentity
import PushVocabulary
import Testing

struct TopicListTests {
    private static let example = TopicList(entries: [
        .init(topic: "com.example.app", kinds: ["app"]),
        .init(topic: "com.example.app.voip", kinds: ["voip"]),
        .init(topic: "com.example.app.complication", kinds: ["complication"]),
    ])

    @Test func `the list of app, voip and complication is written in 102 bytes`() {
        let expected: [UInt8] =
            [0x30, 0x64, 0x0C, 0x0F] + Array("com.example.app".utf8) + [0x30, 0x05, 0x0C, 0x03] + Array("app".utf8)
            + [0x0C, 0x14] + Array("com.example.app.voip".utf8) + [0x30, 0x06, 0x0C, 0x04] + Array("voip".utf8)
            + [0x0C, 0x1C] + Array("com.example.app.complication".utf8)
            + [0x30, 0x0E, 0x0C, 0x0C] + Array("complication".utf8)
        #expect(expected.count == 102)
        #expect(Self.example.der == expected)
        #expect(TopicList(der: expected) == Self.example)
    }

    @Test(arguments: [1, 20, 4000])
    func `a list of any length reads back`(count: Int) {
        let list = TopicList(entries: (0..<count).map { .init(topic: Topic("com.example.app\($0)"), kinds: ["app"]) })
        #expect(TopicList(der: list.der) == list)
    }

    @Test func `topics without kinds, and text of the older string types, count`() {
        let value: [UInt8] = [0x30, 0x0A, 0x16, 0x01, 0x61, 0x0C, 0x01, 0x62, 0x02, 0x02, 0x01, 0x02]
        #expect(
            TopicList(der: value)?.entries == [.init(topic: "a", kinds: []), .init(topic: "b", kinds: [])]
        )
    }

    @Test func `what is not a sequence is no list`() {
        #expect(TopicList(der: []) == nil)
        #expect(TopicList(der: [0x05, 0x00]) == nil)
        #expect(TopicList(der: [0x30, 0x80, 0x00, 0x00]) == nil)
        #expect(TopicList(der: [0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF]) == nil)
    }

    @Test func `a list damaged at any byte or cut anywhere never gives a topic it does not contain`() {
        let whole = Self.example.der
        for cut in 0..<whole.count { #expect(TopicList(der: Array(whole.prefix(cut))) == nil, "cut at \(cut)") }
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            var damaged = whole
            damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            for entry in TopicList(der: damaged)?.entries ?? [] {
                #expect(String(decoding: damaged, as: UTF8.self).contains(entry.topic.name))
            }
        }
    }
}
