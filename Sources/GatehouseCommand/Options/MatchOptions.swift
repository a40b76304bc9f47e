import ArgumentParser
import Gatehouse

/// Which notifications are meant.
struct MatchOptions: ParsableArguments {
    @Option(help: "Only this topic: the app's bundle identifier.")
    var topic: String?

    @Option(help: "Only this environment.")
    var environment: PushEnvironment?

    @Option(help: "Only this device.")
    var device: String?

    @Option(help: "Only this device token, in hexadecimal.")
    var token: String?

    @Option(help: "Only this verdict of the gateway.")
    var verdict: PushVerdict?

    @Option(help: "Only what became of it.")
    var fate: PushFate?

    @Option(help: "Only this status of rejection.")
    var status: UInt8?

    @Option(help: "Only this identifier, as the provider chose it.")
    var identifier: UInt32?

    @Option(
        help: ArgumentHelp(
            "Terms of the search language, such as 'status:8 topic:com.example.* !has:badge'.",
            valueName: "terms"
        )
    )
    var search: String?

    var query: NotificationQuery {
        NotificationQuery(
            topic: self.topic,
            environment: self.environment,
            device: self.device,
            token: self.token,
            verdict: self.verdict,
            fate: self.fate,
            status: self.status,
            identifier: self.identifier,
            search: self.search
        )
    }
}
