import ControlAPI
import Testing

struct JSONReaderTests {
    private func value(_ text: String) throws -> JSONValue { try JSONReader.value(of: Array(text.utf8)) }

    @Test(arguments: [
        #"{"b":1,"a":[true,false,null,"x"],"b":2}"#, #"[-0.50e+3,1E9,0]"#, #""\" \\ \n é 😀""#, "{}", "[]", "123",
    ])
    func `what is read is written as it was, members in their order`(text: String) throws {
        #expect(try value(text).description == text)
    }

    @Test func `escapes become characters, and space between values goes`() throws {
        #expect(try value(#" { "a" : "\u0041\ud83d\ude00\/\b" } "#) == ["a": .string("A😀/\u{8}")])
        #expect(try value(#""\b""#).description == #""\u0008""#)
    }

    @Test(arguments: [
        ("", 0), ("{", 1), (#"{"a"}"#, 4), ("[1,]", 3), ("01", 1), ("1.", 2), ("nul", 0), (#""\ud800""#, 1),
        ("\"a\nb\"", 2),
        (#"{"a":1}}"#, 7), ("+1", 0), (#""\x""#, 1), (#""abc"#, 4),
    ])
    func `a defect is told with its place`(text: String, offset: Int) {
        #expect { try value(text) } throws: { ($0 as? JSONDefect)?.offset == offset }
    }

    @Test func `bytes that are no UTF-8 are refused`() {
        #expect(throws: JSONDefect.self) { try JSONReader.value(of: [0x22, 0xFF, 0x22]) }
    }

    @Test func `nesting has an end`() throws {
        let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(try value(deep).description == deep)
        #expect(throws: JSONDefect.self) { try value("[\(deep)]") }
    }

    @Test func `a repeated name is refused where it would be ambiguous`() {
        #expect(throws: JSONDefect.self) {
            try JSONReader.value(of: Array(#"{"a":1,"a":2}"#.utf8), refusesRepeatedNames: true)
        }
    }

    /// RFC 7396, appendix A.
    @Test(arguments: [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#), (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#), (#"{"a":"foo"}"#, "null", "null"),
        (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#), ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ])
    func `a merge patch does what the RFC's examples show`(target: String, patch: String, result: String) throws {
        #expect(try value(target).merged(with: value(patch)) == value(result))
    }
}
