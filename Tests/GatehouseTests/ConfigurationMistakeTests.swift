import Gatehouse
import Testing

/// A file with a mistake: where it is, and what the message has to name.
struct Mistake: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let place: String
    let words: [String]

    var testDescription: String { self.name }

    init(_ name: String, _ text: String, at place: String, naming words: String...) {
        self.name = name
        self.text = text
        self.place = place
        self.words = words
    }

    static let all: [Mistake] = [
        .init("unknown key", "seed: 1\nenviroment: both\n", at: "2:1", naming: "enviroment", "`environment`"),
        .init(
            "unknown device key",
            "devices:\n  - name: a\n    colour: red\n",
            at: "3:5",
            naming: "colour",
            "connected"
        ),
        .init("unknown app key", "devices:\n- name: a\n  apps:\n  - {topc: x}\n", at: "4:6", naming: "topc", "`topic`"),
        .init("bad choice", "environment: moon\n", at: "1:14", naming: "moon", "sandbox", "production", "both"),
        .init("bad port", "gateway: 127.0.0.1:70000\n", at: "1:10", naming: "127.0.0.1:70000", "65535"),
        .init("no port", "\n\ncourier: localhost\n", at: "3:10", naming: "localhost"),
        .init("port other than 0", "port: 80\n", at: "1:7", naming: "80", "gateway"),
        .init("no time", "clock-start: yesterday\n", at: "1:14", naming: "yesterday", "2014-05-01"),
        .init("real clock elsewhere", "clock: real\nclock-start: 2014-05-01T00:00:00Z\n", at: "2:14", naming: "manual"),
        .init("start before certificates", "clock-start: 1999-01-01T00:00:00Z\n", at: "1:14", naming: "2008", "2049"),
        .init("bad seed", "seed: -1\n", at: "1:7", naming: "-1"),
        .init("unknown profile", "profile: 1999\n", at: "1:10", naming: "1999", "2014"),
        .init("list where a value belongs", "gateway: {host: a}\n", at: "1:10", naming: "`gateway`"),
        .init("value where a list belongs", "devices: phone\n", at: "1:10", naming: "`devices`", "phone"),
        .init("value where keys belong", "devices:\n  - phone\n", at: "2:5", naming: "a device", "phone"),
        .init("nothing where a value belongs", "seed:\n", at: "1:6", naming: "`seed`", "no value"),
        .init("no boolean", "devices:\n- name: a\n  connected: maybe\n", at: "3:14", naming: "maybe", "true or false"),
        .init(
            "token not hexadecimal",
            "devices:\n- name: a\n  apps:\n  - topic: x\n    token: 12xz\n",
            at: "5:12",
            naming: "12xz",
            "character 3",
            "`x`"
        ),
        .init("odd token", "devices:\n- {name: a, apps: [{topic: x, token: abc}]}\n", at: "2:38", naming: "abc", "3 "),
        .init(
            "short token",
            "devices:\n- {name: a, apps: [{topic: x, token: abcd}]}\n",
            at: "2:38",
            naming: "2 bytes",
            "32"
        ),
        .init("two of a name", "devices:\n- {name: a, apps: []}\n- {name: a, apps: []}\n", at: "3:3", naming: "`a`"),
        .init("app without topic", "devices:\n- name: a\n  apps:\n  - {}\n", at: "4:5", naming: "topic"),
        .init("app twice", "devices:\n- {name: a, apps: [{topic: x}, {topic: x}]}\n", at: "2:32", naming: "`x` twice"),
        .init(
            "environment not served",
            "devices:\n- {name: a, environment: production, apps: []}\n",
            at: "2:3",
            naming: "production is not served",
            "both"
        ),
        .init(
            "kind in the wrong world",
            "environment: both\nidentities:\n- {topic: x, environment: production, kind: development}\n",
            at: "3:3",
            naming: "development",
            "production"
        ),
        .init("choice", "payload-limit: lots\n", at: "1:16", naming: "lots", "65535"),
        .init("misspelt choice", "paylod-limit: 256\n", at: "1:1", naming: "paylod-limit", "`payload-limit`"),
        .init("switch", "magic-tokens: perhaps\n", at: "1:15", naming: "perhaps", "on"),
        .init("fault rule without a stage", "faults:\n  - match: {}\n", at: "2:5", naming: "stage", "courier"),
        .init("fault rule that is none", "faults:\n  - close\n", at: "2:5", naming: "object"),
        .init(
            "misspelt member of a fault rule",
            "faults:\n- stage: frame\n  match:\n    tokn: aa\n  action: {type: close}\n",
            at: "4:5",
            naming: "match.tokn",
            "token"
        ),
        .init(
            "value in a fault rule",
            "faults:\n- {stage: frame, action: {type: close}}\n- {stage: frame, action: {type: answer, status: 300}}\n",
            at: "3:49",
            naming: "action.status",
            "255"
        ),
        .init(
            "action at the wrong stage",
            "faults:\n- {stage: frame, action: {type: alert, description: 80}}\n",
            at: "2:26",
            naming: "handshake"
        ),
        .init(
            "two rules of an id",
            "faults:\n- {id: a, stage: frame, action: {type: close}}\n- {id: a, stage: frame, action: {type: close}}\n",
            at: "3:3",
            naming: "\"a\""
        ),
        .init("network", "devices:\n- {name: a, network: edge}\n", at: "2:22", naming: "names no network profile"),
        .init(
            "two services, one address",
            "gateway: 127.0.0.1:9\nfeedback: 127.0.0.1:9\n",
            at: "2:11",
            naming: "127.0.0.1:9"
        ),
        .init(
            "production beyond the last port",
            "environment: both\ncourier: 127.0.0.1:65000\n",
            at: "2:10",
            naming: "66000"
        ),
        .init("open to other machines", "gateway: 192.0.2.1:1\n", at: "1:10", naming: "--expose-to-network on"),
        .init("not YAML", "devices: [\n", at: "2:1", naming: "not YAML"),
        .init("a key twice", "seed: 1\nseed: 2\n", at: "1:1", naming: "seed"),
    ]
}

@Suite struct ConfigurationMistakeTests {
    @Test(arguments: Mistake.all)
    func `a mistake in the file is refused with its line and column`(_ mistake: Mistake) throws {
        let error = #expect(throws: GatehouseError.self) { try Fixtures.configuration(file: mistake.text) }
        let message = try #require(error?.message)
        #expect(error?.category == .usage)
        #expect(message.hasPrefix("gatehouse.yml:\(mistake.place): "), "\(message)")
        for word in mistake.words { #expect(message.contains(word), "\(message)") }
    }

    @Test func `a mistake in a variable or a flag is refused with its name`() throws {
        let ofVariable = #expect(throws: GatehouseError.self) {
            try Fixtures.configuration(file: nil, variables: ["GATEHOUSE_CLOCK": "broken"])
        }
        #expect(ofVariable?.message.hasPrefix("GATEHOUSE_CLOCK: `broken`") == true)
        let ofFlag = #expect(throws: GatehouseError.self) {
            try Fixtures.configuration(file: nil, flags: [.readyFile: ""])
        }
        #expect(ofFlag?.message.hasPrefix("--ready-file: ") == true)
        #expect(ofFlag?.category == .usage)
    }

    @Test func `a bad value is refused even where a stronger layer overrides it`() {
        #expect(throws: GatehouseError.self) {
            try Fixtures.configuration(file: "clock: broken\n", flags: [.clock: "real"])
        }
    }
}
