import ControlAPI
import PushVocabulary
import Testing

@testable import Gatehouse

@Suite struct ExecTests {
    private let record = ReadyRecord(
        version: "1",
        pid: 1,
        control: "http://127.0.0.1:8195",
        caFile: "/ca.pem",
        environments: [
            "production": .init(
                gateway: .init(host: "0.0.0.0", port: 3),
                feedback: .init(host: "0.0.0.0", port: 4),
                courier: .init(host: "0.0.0.0", port: 5)
            )
        ],
        identities: ["com.example.one", "com.example.two"].map {
            .init(
                topic: $0,
                environment: .production,
                certFile: "/\($0).cert",
                keyFile: "/\($0).key",
                pemFile: "/\($0).pem",
                p12File: "/\($0).p12",
                p12Password: "secret"
            )
        },
        devices: [
            .init(
                name: "away",
                environment: .production,
                connected: false,
                apps: [.init(topic: "com.example.one", token: "01")]
            ),
            .init(
                name: "here",
                environment: .production,
                connected: true,
                apps: [.init(topic: "com.example.none", token: "02"), .init(topic: "com.example.two", token: "03")]
            ),
        ]
    )

    @Test func `the app named is one on a connected device that there is an identity for`() {
        let variables = ExecVariables.of(self.record, over: [:])
        #expect(variables["GATEHOUSE_TOPIC"] == "com.example.two")
        #expect(variables["GATEHOUSE_TOKEN"] == "03")
        #expect(variables["GATEHOUSE_CERT_FILE"] == "/com.example.two.cert")
        #expect(variables["GATEHOUSE_READY"] == self.record.line)
    }

    @Test func `a wildcard address is told as one that can be connected to`() {
        #expect(ExecVariables.of(self.record, over: [:])["GATEHOUSE_GATEWAY_HOST"] == "127.0.0.1")
    }

    @Test func `without an app there is still an identity, and no token of somebody else's`() {
        var record = self.record
        record.devices = []
        let variables = ExecVariables.of(
            record,
            over: ["GATEHOUSE_TOKEN": "old", "GATEHOUSE_SEED": "7", "PATH": "/bin"]
        )
        #expect(variables["GATEHOUSE_TOPIC"] == "com.example.one")
        #expect(variables["GATEHOUSE_TOKEN"] == nil)
        #expect(variables["GATEHOUSE_SEED"] == "7")
        #expect(variables["PATH"] == "/bin")
    }

    @Test(arguments: [(0x0000, 0), (0x2A00, 42), (0xFF00, 255), (0x0009, 137), (0x008B, 139)] as [(Int32, Int32)])
    func `a status of wait is told as a shell tells it`(encoded: Int32, status: Int32) {
        #expect(ChildProcess.Ending(waitStatus: encoded).status == status)
    }

    @Test func `the first signal stops, its echo is nothing, a later one insists`() {
        var wish = StopWish()
        let start = ContinuousClock.now
        #expect(wish.heard(at: start) == .stop)
        #expect(wish.heard(at: start + .milliseconds(299)) == .echo)
        #expect(wish.heard(at: start + .milliseconds(300)) == .insist)
    }

    @Test(arguments: [
        ("7 (sh) S 1 7 7 0", true), ("8 (a (b) c) R 7 7 7 0", true), ("9 (sh) Z 1 7 7 0", false),
        ("9 (sh) S 1 9 7 0", false), ("", false),
    ])
    func `a group's living members are told by state and number`(stat: String, isLiving: Bool) {
        #expect(ProcessGroup.isLivingMember(of: 7, stat: stat) == isLiving)
    }

    @Test func `a summary of more than it lists says so`() async throws {
        #expect(CaptureSummary([], received: 0).text == "No push was captured.")
        let gatehouse = try await Gatehouse.start(Fixtures.configuration)
        let access = try await ProviderAccess(.init(), needs: .gateway, client: ControlClient(gatehouse.controlURL))
        let token = try #require(gatehouse.readyRecord.devices.first?.apps.first?.token)
        let request = try PushRequest(token: token, payload: PushRequest.payload(alert: "Hi", json: nil))
        _ = try await request.send(with: access)
        let reports = try await gatehouse.notifications()
        #expect(CaptureSummary(reports, received: 1).text.hasPrefix("1 push was captured:\nID "))
        let many = Array(repeating: reports[0], count: 60)
        let lines = CaptureSummary(many, received: 70).text.split(separator: "\n")
        #expect(lines[0] == "70 pushes were captured; the last 50:")
        #expect(lines.count == 52)
        await gatehouse.stop()
    }
}
