import APNSWire
import Foundation
import PushVocabulary
import Testing

/// `PayloadCheck` against Foundation's parser.
///
/// Where they are known to differ, Foundation is not asked:
/// - it takes a byte order mark and UTF-32; here a mark belongs to UTF-16 only;
/// - it takes a comma behind the last element of an array; RFC 8259 does not.
///
/// No sample can become what else they differ in: Foundation refuses an escape that is half of a surrogate pair, and a
/// number beyond the range of `Double`; here only the grammar counts.
struct PayloadOracleTests {
    @Test func `damaged payloads are refused exactly when Foundation refuses them`() {
        var random = SeededGenerator(seed: 0x1507)
        var verdicts = (good: 0, bad: 0)
        for round in 0..<12_000 {
            var text = Self.samples.randomElement(using: &random) ?? []
            if !round.isMultiple(of: 8) { Self.damage(&text, using: &random) }
            guard Self.isComparable(text) else { continue }
            let isGood =
                (try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)) is [String: Any]
            let defect = PayloadCheck.defect(in: text)
            #expect(
                (defect == nil) == isGood,
                "\(String(decoding: text, as: UTF8.self)): \(String(describing: defect))"
            )
            if let defect { #expect(0...text.count ~= defect.offset) }
            if isGood { verdicts.good += 1 } else { verdicts.bad += 1 }
        }
        #expect(verdicts.good > 1_500 && verdicts.bad > 3_000, "the comparison says little: \(verdicts)")
    }

    @Test func `random bytes never crash, and a defect stands within them`() {
        var random = SeededGenerator(seed: 0xF00D)
        let alphabet = Array(#"{}[]":,\u0019eE+-. tfn"#.utf8) + [0, 0x80, 0xBF, 0xC3, 0xE2, 0xED, 0xF0, 0xFF, 0xFE]
        for _ in 0..<6_000 {
            var bytes = (0..<Int(random.next() % 40)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            if Bool.random(using: &random) { bytes.insert(UInt8(ascii: "{"), at: 0) }
            if let defect = PayloadCheck.defect(in: bytes) { #expect(0...bytes.count ~= defect.offset) }
        }
    }

    private static let samples = [
        #"{"aps":{"alert":"Hi"}}"#,
        #"{"aps":{"alert":{"body":"a\u00e9\n","loc-args":["x",1]},"badge":12,"sound":"s"},"k":[]}"#,
        #"{"n":[0,-1,1.5,2e3,1E-2,null,true,false],"s":"Größe 📱"}"#, #" { "a" : [ { } , [ ] , "" ] } "#,
        #"[1,{"a":2}]"#,
        #"{"a":"\"\\\/\b\f\n\r\t"}"#, "{}", "7", #""text""#,
    ].map { Array($0.utf8) }

    private static func damage(_ text: inout [UInt8], using random: inout SeededGenerator) {
        let likely = Array(#"{}[]":,\/0123456789eE+-.tfnu "#.utf8) + [0x00, 0x1F, 0x7F, 0x80, 0xC3, 0xED, 0xF0, 0xFF]
        for _ in 0...Int(random.next() % 2) where !text.isEmpty {
            let place = Int.random(in: 0..<text.count, using: &random)
            let byte = likely.randomElement(using: &random) ?? 0
            switch random.next() % 4 {
            case 0: text[place] = byte
            case 1: text.insert(byte, at: place)
            case 2: text.remove(at: place)
            default: text.swapAt(place, Int.random(in: 0..<text.count, using: &random))
            }
        }
    }

    private static func isComparable(_ text: [UInt8]) -> Bool {
        if text.prefix(4).contains(where: { $0 == 0 || $0 >= 0x80 }) { return false }
        let dense = text.filter { $0 > 0x20 }
        return !zip(dense, dense.dropFirst()).contains { $0 == UInt8(ascii: ",") && $1 == UInt8(ascii: "]") }
    }
}
