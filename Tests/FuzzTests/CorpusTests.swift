import Foundation
import FuzzTargets
import PushTestSupport
import PushVocabulary
import Testing

/// What fuzzing has found must stay found, and a little of it is done again: each input of a corpus as it is, and
/// changed in a few places by a seeded generator. A failure ends the process; the last name printed is the input's.
struct CorpusTests {
    private static let corpora = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "FuzzTargets/Corpus")

    @Test(arguments: FuzzTarget.allCases)
    func `no input of a corpus, nor a few changes to it, upset a decoder`(_ target: FuzzTarget) throws {
        let folder = Self.corpora.appending(path: target.rawValue)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty, "\(folder.path) is empty")
        for file in files.sorted(by: { $0.path < $1.path }) {
            let bytes = Array(try Data(contentsOf: file))
            var random = SeededGenerator(seed: UInt64(bytes.count))
            bytes.withUnsafeBytes { target.run($0) }
            for _ in 0..<200 { self.changed(bytes, using: &random).withUnsafeBytes { target.run($0) } }
        }
    }

    /// State-machine fuzzing: sequences of events, from bytes that a seeded generator gives.
    @Test(arguments: [FuzzTarget.providerEvents, .courierEvents])
    func `sessions keep to their states through thousands of random lives`(_ target: FuzzTarget) {
        for seed in 0..<UInt64(LongTests.areWanted ? 200_000 : 4_000) {
            var random = SeededGenerator(seed: seed)
            let bytes = random.bytes(Int.random(in: 1...120, using: &random))
            bytes.withUnsafeBytes { target.run($0) }
        }
    }

    private func changed(_ bytes: [UInt8], using random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.insert(UInt8.random(in: .min ... .max, using: &random), at: place)
            case 1 where place < bytes.count: bytes.remove(at: place)
            case 2: bytes.removeSubrange(place...)
            case _ where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            default: break
            }
        }
        return bytes
    }
}
