import Foundation
import PushLedger
import Testing

@testable import PushStore

struct StateFileTests {
    /// A file with some life in it, closed properly.
    private static func lived(_ directory: TemporaryDirectory, steps: Int = 200) throws -> String {
        let path = directory.path("state")
        let file = try StateFile(path: path)
        _ = try file.load(limits: LedgerLimits())
        var life = RandomLife(seed: 1, limits: LedgerLimits())
        life.begin()
        for _ in 0..<steps { life.step() }
        try file.apply(life.takeChanges())
        return path
    }

    private static func open(_ path: String) throws(StateFileError) {
        let file = try StateFile(path: path)
        _ = try file.load(limits: LedgerLimits())
    }

    @Test func `a new file is empty and whole, with nothing half made beside it`() throws {
        let directory = try TemporaryDirectory()
        do {
            let state = try OpenedState(path: directory.path("state"))
            #expect(state.isNew)
        }
        #expect(!(try directory.names().contains("state-new")))
        #expect(!(try OpenedState(path: directory.path("state")).documents.contains { _ in true }))
    }

    @Test func `an empty file is taken as a new one`() throws {
        let directory = try TemporaryDirectory()
        try directory.write(Data(), to: "state")
        #expect(try OpenedState(path: directory.path("state")).isNew)
    }

    @Test(arguments: [
        "plain text, longer than a header of a database, so that it can be told apart from one ........ ......", "x",
    ])
    func `a file of another program is refused and keeps every byte`(text: String) throws {
        let directory = try TemporaryDirectory()
        let bytes = Data(text.utf8)
        try directory.write(bytes, to: "state")
        #expect(throws: StateFileError.foreign(path: directory.path("state"))) {
            try Self.open(directory.path("state"))
        }
        #expect(try directory.bytes("state") == bytes)
    }

    @Test func `another program's database is refused and keeps every byte`() throws {
        let directory = try TemporaryDirectory()
        do {
            let database = try SQLiteDatabase(path: directory.path("state"), creates: true)
            try database.execute("CREATE TABLE letters(text TEXT); INSERT INTO letters VALUES('dear')")
        }
        let bytes = try directory.bytes("state")
        #expect(throws: StateFileError.foreign(path: directory.path("state"))) {
            try Self.open(directory.path("state"))
        }
        #expect(try directory.bytes("state") == bytes)
    }

    @Test func `a newer version's file is refused and keeps every byte`() throws {
        let directory = try TemporaryDirectory()
        let path = try Self.lived(directory)
        do {
            let database = try SQLiteDatabase(path: path)
            try database.execute("PRAGMA journal_mode=DELETE; PRAGMA user_version=99")
        }
        let bytes = try directory.bytes("state")
        #expect(throws: StateFileError.newer(path: path, format: 99, known: 1)) { try Self.open(path) }
        #expect(try directory.bytes("state") == bytes)
    }

    @Test(arguments: 0..<24)
    func `a damaged file is refused or read whole, and keeps every byte`(place: Int) throws {
        let directory = try TemporaryDirectory()
        let path = try Self.lived(directory)
        var bytes = try directory.bytes("state")
        if place < 4 {
            bytes = bytes.prefix(bytes.count * (place + 1) / 5)
        } else {
            // The first page is the catalogue; the others are spread over the tables.
            let start = place == 4 ? 100 : bytes.count * (place - 4) / 20
            bytes.replaceSubrange(
                start..<min(start + 700, bytes.count),
                with: Data(repeating: 0xA5, count: min(700, bytes.count - start))
            )
        }
        try directory.write(bytes, to: "state")
        do throws(StateFileError) {
            try Self.open(path)
            // Bytes of a frame carry no check; anything that holds the file together does.
            #expect(place > 4)
        } catch {
            guard case .damaged = error else { throw error }
            #expect(try directory.bytes("state") == bytes)
        }
    }

    @Test func `rows that do not fit together are damage, and the file keeps every byte`() throws {
        let directory = try TemporaryDirectory()
        let path = try Self.lived(directory)
        do {
            let database = try SQLiteDatabase(path: path)
            try database.execute("PRAGMA journal_mode=WAL; UPDATE position SET next = 1")
        }
        let bytes = try directory.bytes("state")
        do throws(StateFileError) {
            try Self.open(path)
            Issue.record("it was taken")
        } catch {
            guard case .damaged = error else { throw error }
        }
        #expect(try directory.bytes("state") == bytes)
    }

    @Test func `a second user of a file is refused, and told who has it`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("state")
        let first = try StateFile(path: path)
        let expected = StateFileError.inUse(path: path, processIdentifier: ProcessInfo.processInfo.processIdentifier)
        #expect(throws: expected) { try Self.open(path) }
        withExtendedLifetime(first) {}
    }

    @Test func `a file let go can be had again`() throws {
        let directory = try TemporaryDirectory()
        for _ in 0..<3 { try Self.open(directory.path("state")) }
    }

    @Test func `a directory that does not exist is said to be so`() throws {
        let directory = try TemporaryDirectory()
        do throws(StateFileError) {
            try Self.open(directory.path("no/such/state"))
            Issue.record("it was made")
        } catch {
            guard case .unavailable = error else { throw error }
            #expect("\(error)".contains("No such file"))
        }
    }

    @Test func `a full disk holds everything up, and with room again everything is written`() async throws {
        let directory = try TemporaryDirectory()
        let state = try OpenedState(path: directory.path("state"))
        try state.writer.limitPages(to: 1)
        var life = RandomLife(seed: 9, limits: LedgerLimits())
        life.begin()
        for _ in 0..<1_000 { life.step() }
        while life.ledger.keptCount < 40 { life.step() }
        let changes = life.takeChanges()
        let writer = state.writer
        let (news, say) = AsyncStream.makeStream(of: String.self)
        writer.write(changes) {
            say.yield("failed")
        } written: {
            say.yield("written")
        }
        var reader = news.makeAsyncIterator()
        try #require(await reader.next() == "failed")
        #expect(writer.failure?.contains("full") == true)
        try writer.limitPages(to: 1_000_000)
        while let news = await reader.next(), news != "written" {}
        #expect(writer.failure == nil)
        await writer.close()
        let kept = try OpenedState(path: directory.path("state"))
        #expect(kept.ledger.counters == life.ledger.counters)
    }
}
