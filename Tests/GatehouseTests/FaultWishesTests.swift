import ControlAPI
import Gatehouse
import Testing

/// An action as it is typed, and as the API takes it.
struct ActionCase: Sendable, CustomTestStringConvertible {
    let text: String
    let json: String
    /// How it is written back, where that differs.
    var back: String?

    var testDescription: String { self.text }

    static let all: [ActionCase] = [
        .init(text: "answer:8", json: #"{"type":"answer","status":8}"#),
        .init(text: "answer:8:zero", json: #"{"type":"answer","status":8,"identifier":"zero"}"#),
        .init(text: "answer:8:own", json: #"{"type":"answer","status":8,"identifier":"own"}"#, back: "answer:8"),
        .init(
            text: "answer:10:last-accepted",
            json: #"{"type":"answer","status":10,"identifier":"lastAccepted"}"#
        ),
        .init(text: "answer:255:7", json: #"{"type":"answer","status":255,"identifier":7}"#),
        .init(text: "answer:8:keep-open", json: #"{"type":"answer","status":8,"keepOpen":true}"#),
        .init(
            text: "answer:8:zero:keep-open",
            json: #"{"type":"answer","status":8,"keepOpen":true,"identifier":"zero"}"#
        ),
        .init(text: "shutdown", json: #"{"type":"shutdown"}"#),
        .init(text: "late-answer:8:3", json: #"{"type":"lateAnswer","status":8,"afterFrames":3}"#),
        .init(text: "close", json: #"{"type":"close"}"#),
        .init(text: "reset", json: #"{"type":"reset"}"#),
        .init(text: "half-close", json: #"{"type":"halfClose"}"#),
        .init(text: "delay:500ms", json: #"{"type":"delay","ms":500}"#),
        .init(text: "stall", json: #"{"type":"stall"}"#),
        .init(text: "black-hole", json: #"{"type":"blackHole"}"#),
        .init(text: "lose", json: #"{"type":"lose"}"#),
        .init(
            text: "close-when-idle:5m",
            json: #"{"type":"closeWhenIdle","ms":300000}"#,
            back: "close-when-idle:300000ms"
        ),
        .init(text: "split:1", json: #"{"type":"split","bytes":1}"#),
        .init(text: "truncate:4", json: #"{"type":"truncate","bytes":4}"#),
        .init(text: "alert:80", json: #"{"type":"alert","description":80}"#),
        .init(text: "hold-open", json: #"{"type":"holdOpen"}"#),
        .init(text: "nothing", json: #"{"type":"nothing"}"#),
        .init(text: "ignore", json: #"{"type":"ignore"}"#),
        .init(text: "refuse", json: #"{"type":"refuse"}"#),
    ]
}

@Suite struct FaultWishesTests {
    @Test(arguments: ActionCase.all)
    func `an action is typed in one word and can be written back`(_ row: ActionCase) throws {
        let action = try FaultActionText.json(row.text)
        #expect(action.description == row.json)
        #expect(FaultActionText.text(action) == row.back ?? row.text)
    }

    @Test func `every action that help names is in the table`() {
        let named = Set(FaultActionText.forms.map { $0.prefix { $0 != ":" } })
        #expect(named == Set(ActionCase.all.map { $0.text.prefix { $0 != ":" } }))
    }

    @Test(arguments: [
        ("anser:8", "Did you mean `answer`?"), ("answer", "answer:STATUS"), ("answer:300", "answer:STATUS"),
        ("answer:8:zero:9", "answer:STATUS"), ("answer:8:mine", "answer:STATUS"), ("close:1", "written close"),
        ("delay", "delay:DURATION"), ("delay:soon", "delay:DURATION"), ("split:-1", "split:BYTES"),
        ("late-answer:8:3:1", "late-answer:STATUS"), ("", "The actions are"),
    ])
    func `an action that cannot be read is refused with the way to write it`(_ text: String, _ word: String) {
        let error = #expect(throws: GatehouseError.self) { try FaultActionText.json(text) }
        #expect(error?.category == .usage)
        #expect(error?.message.contains(word) == true, "\(error?.message ?? "")")
    }

    @Test func `options become the rule that the API takes`() throws {
        var wishes = FaultWishes(action: "close")
        wishes.id = "mine"
        wishes.stage = "courier"
        wishes.service = "courier"
        wishes.environment = .production
        wishes.topic = "com.example.app"
        wishes.token = "AB"
        wishes.identifier = 7
        wishes.connection = "c-42"
        wishes.device = "phone"
        wishes.command = 2
        wishes.payloadContains = "hi"
        wishes.times = 3
        wishes.skipFirst = 1
        wishes.everyNth = 2
        wishes.probability = "0.5"
        wishes.between = "5s..10m"
        wishes.timeToLive = .seconds(60)
        #expect(
            try wishes.rule().description == """
                {"id":"mine","stage":"courier","match":{"service":"courier","environment":"production",\
                "topic":"com.example.app","token":"ab","identifier":7,"connectionId":"c-42","device":"phone",\
                "command":2,"payloadContains":"hi"},"trigger":{"times":3,"skipFirst":1,"everyNth":2,\
                "probability":0.5,"betweenMs":[5000,600000]},"action":{"type":"close"},"ttlMs":60000}
                """
        )
    }

    @Test(arguments: [
        ("answer:8", "frame"), ("close", "frame"), ("alert:40", "handshake"), ("split:1", "reply"),
        ("hold-open", "reply"), ("nothing", "feedback"), ("refuse", "courier"),
    ])
    func `an action has a stage where it is usually meant`(_ action: String, _ stage: String) throws {
        #expect(try FaultWishes(action: action).rule()["stage"] == .string(stage))
    }

    @Test(arguments: ["5s", "10s..5s", "5s..5s", "5s...10s", "soon..later"])
    func `a time between that is none is refused`(_ text: String) {
        var wishes = FaultWishes(action: "close")
        wishes.between = text
        let error = #expect(throws: GatehouseError.self) { try wishes.rule() }
        #expect(error?.message.contains("--between `\(text)`") == true)
    }

    @Test(arguments: ["2", "-1", "often"])
    func `a probability that is none is refused`(_ text: String) {
        var wishes = FaultWishes(action: "close")
        wishes.probability = text
        #expect(throws: GatehouseError.self) { try wishes.rule() }
    }

    @Test func `a rule written as JSON is read, from a file too`() throws {
        #expect(try FaultWishes.rule(json: #"{"stage":"frame"}"#)["stage"] == "frame")
        try Fixtures.withDirectory { directory in
            let file = "\(directory)/rule.json"
            try FileSystem.replace(file, with: #"{"stage":"reply"}"#, mode: 0o600)
            #expect(try FaultWishes.rule(json: "@\(file)")["stage"] == "reply")
            let missing = #expect(throws: GatehouseError.self) { try FaultWishes.rule(json: "@\(file).not") }
            #expect(missing?.category == .unavailable)
        }
        #expect(throws: GatehouseError.self) { try FaultWishes.rule(json: "{") }
    }
}
