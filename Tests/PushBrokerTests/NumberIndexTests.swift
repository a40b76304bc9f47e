import PushVocabulary
import Testing

@testable import PushBroker

struct NumberIndexTests {
    /// Few homes for many numbers, so that they get into each other's way.
    private static func hash(of key: Int32, homes: UInt64) -> UInt64 {
        UInt64(UInt32(bitPattern: key)) % homes << 32 | UInt64(UInt32(bitPattern: key))
    }

    @Test(arguments: [1, 3, 64, 1 << 20] as [UInt64])
    func `numbers are found, and not found any more, as in a dictionary`(homes: UInt64) {
        var random = SeededGenerator(seed: homes)
        var index = NumberIndex()
        var keys: [Int32: Int32] = [:]
        for number in 0..<4_000 as Range<Int32> {
            let key = Int32.random(in: 0..<500, using: &random)
            let found = index.number(hash: Self.hash(of: key, homes: homes)) { keys[$0] == key }
            let expected = keys.first { $0.value == key }?.key
            #expect(found == expected)
            if let found {
                index.remove(found, hash: Self.hash(of: key, homes: homes))
                keys[found] = nil
            } else {
                index.insert(number, hash: Self.hash(of: key, homes: homes))
                keys[number] = key
            }
            #expect(index.count == keys.count)
        }
        for (number, key) in keys {
            #expect(index.number(hash: Self.hash(of: key, homes: homes)) { keys[$0] == key } == number)
        }
    }

    @Test func `the largest number is kept whole`() {
        var index = NumberIndex()
        index.insert(.max, hash: 7 << 32)
        #expect(index.number(hash: 7 << 32) { _ in true } == .max)
        index.remove(.max, hash: 7 << 32)
        #expect(index.number(hash: 7 << 32) { _ in true } == nil)
    }

    @Test func `taking out what is not there changes nothing`() {
        var index = NumberIndex()
        index.remove(1, hash: 1 << 32)
        index.insert(2, hash: 1 << 32)
        index.remove(1, hash: 1 << 32)
        #expect(index.count == 1)
        #expect(index.number(hash: 1 << 32) { $0 == 2 } == 2)
    }
}
