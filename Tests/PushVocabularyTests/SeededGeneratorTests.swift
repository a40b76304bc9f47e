import PushVocabulary
import Testing

struct SeededGeneratorTests {
    @Test func `the numbers are those of the published algorithm`() {
        var generator = SeededGenerator(seed: 0)
        #expect((0..<4).map { _ in generator.next() } == Self.vectorOfSeedZero)
        var other = SeededGenerator(seed: 0x1234_5678_9ABC_DEF0)
        #expect((0..<4).map { _ in other.next() } == Self.vectorOfOtherSeed)
    }

    @Test func `one seed is one history, two seeds are two`() {
        var first = SeededGenerator(seed: 7)
        var again = SeededGenerator(seed: 7)
        var other = SeededGenerator(seed: 8)
        let bytes = first.bytes(64)
        #expect(bytes.count == 64)
        #expect(again.bytes(64) == bytes)
        #expect(other.bytes(64) != bytes)
        #expect(first.bytes(64) != bytes)
    }

    private static let vectorOfSeedZero: [UInt64] = [
        0x99EC_5F36_CB75_F2B4,
        0xBF6E_1F78_4956_452A,
        0x1A5F_849D_4933_E6E0,
        0x6AA5_94F1_262D_2D2C,
    ]

    private static let vectorOfOtherSeed: [UInt64] = [
        0xE01D_6FAF_C557_F1B9,
        0xBD62_7EBE_4406_B404,
        0x2C23_132B_578B_57DB,
        0x2E8B_319D_4D1F_276A,
    ]
}
