import ArgumentParser
import Gatehouse

struct ResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Forget what happened.",
        discussion: """
            Examples:
              gatehouse reset
              gatehouse reset --topic com.example.app
              gatehouse reset --what notifications --what feedback
            """
    )

    @OptionGroup
    var client: ClientOptions

    @Option(help: "notifications, faults, feedback or devices; may be given more than once. (default: all)")
    var what: [String] = []

    @Option(help: "Only what concerns this topic.")
    var topic: String?

    func run() async throws {
        let body = try await self.client.client().reset(self.what, topic: self.topic)
        if self.client.json { Output.write(body) } else { Talk.say("Done.") }
    }
}
