import Gatehouse
import Testing

@testable import Gatehouse

@Suite struct ControlClientTests {
    @Test func `an answer is read by its length, in chunks, or to the end`() throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
        let byLength = try HTTPAnswer(Array("\(head)Content-Length: 2\r\n\r\nhi".utf8))
        let inChunks = try HTTPAnswer(
            Array("\(head)transfer-encoding: chunked\r\n\r\n1\r\nh\r\n1;x=y\r\ni\r\n0\r\n\r\n".utf8)
        )
        let toTheEnd = try HTTPAnswer(Array("\(head)\r\nhi".utf8))
        for answer in [byLength, inChunks, toTheEnd] {
            #expect(answer.status == 200)
            #expect(answer.body == Array("hi".utf8))
        }
    }

    @Test func `an answer cut off anywhere is not taken for a whole one`() {
        let whole = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi".utf8)
        for count in 0..<whole.count {
            #expect(throws: HTTPAnswer.Flaw.self) { try HTTPAnswer(Array(whole.prefix(count))) }
        }
        let chunked = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n".utf8)
        for count in 0..<chunked.count - 3 {
            #expect(throws: HTTPAnswer.Flaw.self) { try HTTPAnswer(Array(chunked.prefix(count))) }
        }
    }

    @Test func `another protocol is recognised as such`() {
        #expect(throws: HTTPAnswer.Flaw.notHTTP) { try HTTPAnswer(Array("SSH-2.0-x\r\n\r\n".utf8)) }
    }

    @Test func `where nobody listens the message names the address and what to do`() async throws {
        let client = try ControlClient("http://127.0.0.1:1")
        let error = await #expect(throws: GatehouseError.self) { try await client.info() }
        #expect(error?.category == .unreachable)
        #expect(error?.message.contains("http://127.0.0.1:1") == true)
        #expect(error?.message.contains("gatehouse serve") == true)
    }

    @Test(arguments: ["", "http://", "localhost", "127.0.0.1:0", "https://127.0.0.1:1"])
    func `what is no address is refused`(_ text: String) {
        #expect(throws: GatehouseError.self) { try ControlClient(text) }
    }

    @Test func `durations are read as people type them`() {
        let expected: [(String, Duration?)] = [
            ("500ms", .milliseconds(500)), ("10s", .seconds(10)), ("10", .seconds(10)), ("5m", .seconds(300)),
            ("2h", .seconds(7_200)), ("1d", .seconds(86_400)), ("", nil), ("s", nil), ("1w", nil), ("-1s", nil),
            ("99999999999s", nil),
        ]
        for (text, duration) in expected { #expect(Duration(typed: text) == duration, "\(text)") }
    }
}
