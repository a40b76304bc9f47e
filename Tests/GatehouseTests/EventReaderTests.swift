import Testing

@testable import Gatehouse

@Suite struct EventReaderTests {
    private static let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\none\nt\r\n4\r\nwo\n3\r\n1\r\n\n\r\n0\r\n\r\n"

    @Test func `lines come whole, wherever the stream is cut`() throws {
        let bytes = Array(Self.chunked.utf8)
        for cut in 0...bytes.count {
            var reader = EventReader()
            let lines = try reader.read(bytes[..<cut]) + reader.read(bytes[cut...])
            #expect(lines.filter { $0 != "\r" } == ["one", "two", "3"], "cut at \(cut)")
        }
    }

    @Test func `a body without chunks is read as well`() throws {
        var reader = EventReader()
        #expect(try reader.read("HTTP/1.1 200 OK\r\n\r\none\ntw".utf8) == ["one"])
        #expect(try reader.read("o\n".utf8) == ["two"])
    }

    @Test(arguments: [
        ("HTTP/1.1 422 No\r\n\r\n", true), ("HTTP/1.1 404 No\r\n\r\n", false), ("SSH-2.0\r\n\r\n", false),
    ])
    func `a refusal tells whether the question was wrong`(answer: String, isUsage: Bool) {
        var reader = EventReader()
        do throws(EventReader.Flaw) {
            _ = try reader.read(answer.utf8)
            Issue.record("it was taken for events")
        } catch {
            #expect(error.isUsage == isUsage)
        }
    }
}
