import PushVocabulary
import Testing

@testable import Gatehouse

@Suite struct PushTests {
    @Test func `an expiry is a number of seconds, a time from now, or zero`() throws {
        let now = Instant(unixSeconds: 1_000)
        #expect(try PushRequest.expiry("0", now: now) == 0)
        #expect(try PushRequest.expiry("1893456000", now: now) == 1_893_456_000)
        #expect(try PushRequest.expiry("+1h", now: now) == 4_600)
        #expect(try PushRequest.expiry(nil, now: now) == 87_400)
        let error = #expect(throws: GatehouseError.self) { try PushRequest.expiry("tomorrow", now: now) }
        #expect(error?.category == .usage)
        #expect(error?.message.contains("tomorrow") == true)
    }

    @Test(arguments: [("xyz", "character 1"), ("0g", "character 2"), ("abc", "3 hexadecimal"), ("", "empty")])
    func `a token that is none is refused with what is wrong`(_ token: String, _ words: String) throws {
        let error = #expect(throws: GatehouseError.self) { try PushRequest(token: token, payload: []) }
        #expect(error?.category == .usage)
        #expect(error?.message.contains("--token `\(token)`") == true)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func `an alert's text is written as JSON whatever is in it`() throws {
        let payload = try PushRequest.payload(alert: "a \"b\"\n", json: nil)
        #expect(String(decoding: payload, as: UTF8.self) == #"{"aps":{"alert":"a \"b\"\n"}}"#)
        #expect(throws: GatehouseError.self) { try PushRequest.payload(alert: nil, json: nil) }
        #expect(throws: GatehouseError.self) { try PushRequest.payload(alert: nil, json: "@/nowhere/at/all") }
    }

    @Test(arguments: [UInt8(0), 1, 2])
    func `a push to a running server tells what became of it`(_ command: UInt8) async throws {
        let gatehouse = try await Gatehouse.start(Fixtures.configuration)
        let token = try await gatehouse.device("demo-phone").apps[0].token
        let client = try ControlClient(gatehouse.controlURL)
        // Twice the same, so that the second has to be told from the first.
        for round in 1...2 {
            let access = try await ProviderAccess(.init(topic: "com.example.app"), needs: .gateway, client: client)
            let request = try PushRequest(token: token, payload: Array("{}".utf8), command: command, identifier: 7)
            let outcome = try await request.send(with: access)
            #expect(!outcome.isRefused)
            #expect(outcome.answer.text.hasPrefix("n-\(round) to demo-phone: accepted, delivered"))
        }
        await gatehouse.stop()
    }

    @Test func `a refused push says so, in the words of the status`() async throws {
        let gatehouse = try await Gatehouse.start(Fixtures.configuration)
        let client = try ControlClient(gatehouse.controlURL)
        let access = try await ProviderAccess(.init(), needs: .gateway, client: client)
        let request = try PushRequest(token: String(repeating: "f", count: 64), payload: Array("{}".utf8))
        let outcome = try await request.send(with: access)
        #expect(outcome.isRefused)
        #expect(outcome.answer.text.contains("rejected, status 8"))
        #expect(outcome.answer.text.contains("invalid token"))
        await gatehouse.stop()
    }

    @Test func `without a server to ask, the gateway's own answer is told`() async throws {
        let gatehouse = try await Gatehouse.start(Fixtures.configuration)
        let identity = try #require(gatehouse.identities.first)
        let wishes = ProviderAccess.Wishes(
            gateway: gatehouse.gateway()?.description,
            certificate: identity.pemFile,
            authority: gatehouse.authorityFile
        )
        let access = try await ProviderAccess(wishes, needs: .gateway, client: try ControlClient("127.0.0.1:1"))
        let request = try PushRequest(
            token: String(repeating: "f", count: 64),
            payload: Array("{}".utf8),
            identifier: 7
        )
        let outcome = try await request.send(with: access)
        #expect(outcome.isRefused)
        #expect(outcome.answer.json == #"{"verdict":"rejected","status":8,"identifier":7}"#)
        await gatehouse.stop()
    }

    @Test func `an identity the server does not have is refused with those it has`() async throws {
        let gatehouse = try await Gatehouse.start(Fixtures.configuration)
        let client = try ControlClient(gatehouse.controlURL)
        let error = await #expect(throws: GatehouseError.self) {
            _ = try await ProviderAccess(.init(topic: "com.example.none"), needs: .gateway, client: client)
        }
        #expect(error?.category == .usage)
        #expect(error?.message.contains("com.example.app") == true)
        await gatehouse.stop()
    }

    @Test func `devices of another process receive, and do not confuse a provider`() async throws {
        let gatehouse = try await Gatehouse.start(Fixtures.configuration)
        let client = try ControlClient(gatehouse.controlURL)
        let wishes = DeviceProcess.Wishes(name: "tablet", topics: ["com.example.app", "com.example.unnamed"], count: 2)
        let devices = try await DeviceProcess.start(wishes, client: client, observe: { _ in })
        let all = try await gatehouse.devices()
        let tablet = try #require(all.last)
        #expect(all.map(\.name) == ["demo-phone", "tablet-1", "tablet-2"])
        let token = try #require(tablet.apps.first { $0.topic == "com.example.app" }?.token)
        let access = try await ProviderAccess(.init(topic: "com.example.app"), needs: .gateway, client: client)
        let outcome = try await PushRequest(token: token, payload: Array("{}".utf8)).send(with: access)
        #expect(outcome.answer.text.hasPrefix("n-1 to tablet-2: accepted, delivered"))
        await devices.stop()
        await gatehouse.stop()
    }
}
