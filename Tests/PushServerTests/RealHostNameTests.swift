import PushServer
import PushVocabulary
import Testing

struct RealHostNameTests {
    @Test(arguments: [
        ("gateway.push.apple.com", Environment.production), ("feedback.push.apple.com", .production),
        ("courier.push.apple.com", .production), ("gateway.sandbox.push.apple.com", .sandbox),
        ("feedback.sandbox.push.apple.com", .sandbox), ("courier.sandbox.push.apple.com", .sandbox),
        ("1-courier.push.apple.com", .production), ("50-courier.sandbox.push.apple.com", .sandbox),
        ("GATEWAY.Push.Apple.COM", .production),
    ])
    func `a real host's name selects its environment`(_ name: String, _ environment: Environment) {
        #expect(Environment(realHostName: name) == environment)
    }

    @Test(arguments: [
        "", "localhost", "127.0.0.1", "push.apple.com", ".push.apple.com", "apple.com",
        "gateway.push.apple.com.evil.org",
        "gateway.push.example.com", "api.push.apple.com", "gateway.staging.push.apple.com", "sandbox.push.apple.com",
        "a.gateway.sandbox.push.apple.com", "gateway.sandbox.sandbox.push.apple.com", "gatewaypush.apple.com",
        "gateway..push.apple.com", "gateway..sandbox.push.apple.com", "1courier.push.apple.com",
        "-courier.push.apple.com", "7-7-courier.push.apple.com", "7-gateway.push.apple.com", "x-courier.push.apple.com",
    ])
    func `any other name selects none`(_ name: String) {
        #expect(Environment(realHostName: name) == nil)
    }
}
