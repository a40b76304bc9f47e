import ControlAPI
import Gatehouse
import MockDevice
import PushTestSupport
import Testing

@Suite struct ConfiguredBehaviourTests {
    @Test func `fault rules are read from the file as the API takes them`() throws {
        let digits = String(repeating: "12", count: 32)
        let configuration = try Fixtures.configuration(
            file: """
                faults:
                  - id: "1"
                    stage: frame
                    match: {topic: com.example.app, token: \(digits), identifier: 7, payloadContains: 42}
                    trigger: {times: 1, probability: 0.5, betweenMs: [0, 1000]}
                    action: {type: answer, status: 8, identifier: zero, keepOpen: true}
                    ttlMs: 60000
                  - stage: reply
                    action:
                      type: split
                      bytes: 1
                """
        )
        #expect(
            configuration.faults.map(\.description) == [
                """
                {"id":"1","stage":"frame","match":{"topic":"com.example.app","token":"\(digits)","identifier":7,\
                "payloadContains":"42"},"trigger":{"times":1,"probability":0.5,"betweenMs":[0,1000]},\
                "action":{"type":"answer","status":8,"identifier":"zero","keepOpen":true},"ttlMs":60000}
                """,
                #"{"stage":"reply","action":{"type":"split","bytes":1}}"#,
            ]
        )
    }

    @Test func `configured rules are in force when start returns, each with an id of its own`() async throws {
        var configuration = Fixtures.configuration
        configuration.faults = [
            ["stage": "frame", "action": ["type": "close"]],
            ["id": "f-1", "stage": "frame", "action": ["type": "lose"]],
            ["stage": "frame", "action": ["type": "reset"]],
        ]
        let gatehouse = try await Gatehouse.start(configuration)
        let answer = try await ControlClient(gatehouse.controlURL).faults(topic: nil, hasHeader: false)
        let lines = answer.text.split(separator: "\n").map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
        #expect(lines == ["f-2 frame close", "f-1 frame lose", "f-3 frame reset"])
        await gatehouse.stop()
    }

    @Test func `a rule that cannot be keeps everything from starting`() async throws {
        var configuration = Fixtures.configuration
        configuration.faults = [["stage": "frame", "action": ["type": "moon"]]]
        let error = await #expect(throws: GatehouseError.self) { try await Gatehouse.start(configuration) }
        #expect(error?.category == .usage)
        #expect(error?.message.contains("faults[0]") == true)
    }

    @Test(.seed("004-31", "003-18"))
    func `a phone is described in the file as by the API`() async throws {
        let configuration = try Fixtures.configuration(
            file: """
                environment: both
                devices:
                  - name: phone
                    notifications: true
                    keepAlive: {profile: windows-mobile, minimum: 120}
                    apps:
                      - {topic: com.example.app, filter: opportunistic, permission: ask, handsOver: first}
                      - {topic: com.example.unsigned, entitlement: missing}
                      - {topic: com.example.store, entitlement: production, launched: true}
                      - {topic: com.example.later, launched: false}
                """
        )
        let device = try #require(configuration.devices?.first)
        #expect(device.keepAlive.minimum == .seconds(120) && device.keepAlive.strategy == .directPush)
        #expect(device.apps.map(\.entitlement) == [nil, "missing", "production", nil])
        #expect(device.apps.map(\.launched) == [true, true, true, false])
        #expect(device.apps[0].setup.permission == .ask && device.apps[0].setup.habit == .first)
        #expect(device.apps[0].setup.sorting == .opportunistic)
    }

    @Test(arguments: [("keepAlive: never", 3), ("keepAlive: {start: 60}", 3), ("notifications: maybe", 3)])
    func `what a phone cannot have is refused with its place`(_ line: String, _ number: Int) {
        let error = #expect(throws: GatehouseError.self) {
            try Fixtures.configuration(file: "devices:\n  - name: phone\n    \(line)\n    apps: []")
        }
        #expect(error?.message.contains(":\(number):") == true, "\(error?.message ?? "")")
    }

    @Test func `every choice of a profile is an option, and every profile tells each of them`() {
        let catalogue = ProfileCatalogue.answer.value
        let names = Self.names(catalogue["choices"])
        #expect(!names.isEmpty)
        #expect(Set(ServeOption.allCases.filter(\.isProfileChoice).map(\.rawValue)) == Set(names))
        guard case .array(let profiles)? = catalogue["profiles"] else {
            Issue.record("no profiles")
            return
        }
        for profile in profiles {
            guard case .object(let choices)? = profile["choices"] else { continue }
            #expect(choices.map(\.name) == names)
        }
    }

    private static func names(_ value: JSONValue?) -> [String] {
        guard case .array(let elements)? = value else { return [] }
        return elements.compactMap { if case .string(let name)? = $0["name"] { name } else { nil } }
    }

    @Test func `a choice named by a program is checked before anything starts`() async {
        var configuration = Fixtures.configuration
        configuration.profileChoices = ["payload-limit": "lots"]
        let error = await #expect(throws: GatehouseError.self) { try await Gatehouse.start(configuration) }
        #expect(error?.message.hasPrefix("payload-limit: `lots` cannot be") == true)
        configuration.profileChoices = ["paylod-limit": "1"]
        await #expect(throws: GatehouseError.self) { try await Gatehouse.start(configuration) }
    }

    @Test func `a choice of the token's size counts for configured tokens too`() throws {
        let file = "devices:\n- {name: a, apps: [{topic: x, token: abcd}]}\n"
        #expect(throws: GatehouseError.self) { try Fixtures.configuration(file: file) }
        #expect(throws: Never.self) { try Fixtures.configuration(file: file, flags: [.tokenSizes: "1-100"]) }
    }
}
