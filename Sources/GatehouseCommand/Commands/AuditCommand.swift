import ArgumentParser
import Gatehouse

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Judge the provider by what the server saw of it.",
        discussion: """
            Ends with 1 when something as bad as --fail-on says was found, so a build can insist on it.

            Examples:
              gatehouse audit
              gatehouse audit --topic com.example.app --fail-on warning
            """
    )

    @OptionGroup
    var client: ClientOptions

    @Option(help: "Only what concerns this topic.")
    var topic: String?

    @Option(help: "Only this environment.")
    var environment: PushEnvironment?

    @Option(
        name: .customLong("fail-on"),
        help: ArgumentHelp("From which severity on to end with 1.", valueName: "severity")
    )
    var failOn = AuditThreshold.error

    func run() async throws {
        let audit = try await self.client.client().audit(topic: self.topic, environment: self.environment)
        Output.write(self.client.json ? audit.answer.json : audit.answer.text)
        if audit.hasFinding(atLeast: self.failOn) {
            throw ExitCode(GatehouseError.Category.notSatisfied.rawValue)
        }
    }
}
