import ArgumentParser
import Gatehouse

struct FeedbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feedback",
        abstract: "Read the feedback service, as a provider does.",
        discussion: """
            Prints a line for each token whose app is gone: when the service noticed, and the token. Reading empties the list.

            Examples:
              gatehouse feedback --topic com.example.app
              gatehouse feedback --topic com.example.app --json
              gatehouse feedback --peek

            --peek asks the control API what is on the list, and leaves it there.
            """
    )

    @OptionGroup
    var client: ClientOptions

    @OptionGroup
    var provider: ProviderOptions

    @Flag(help: "Look at the list without emptying it.")
    var peek = false

    func run() async throws {
        if self.peek { return self.write(try await self.client.client().feedback(self.provider.wishes)) }
        self.write(try await self.provider.access(self.client, needs: .feedback).readFeedback())
    }

    private func write(_ reading: CommandAnswer) {
        if self.client.json {
            Output.write(reading.json)
        } else if reading.text.isEmpty {
            Talk.say("The list is empty: since the last reading, no push has missed its app.")
        } else {
            Output.write(reading.text)
        }
    }
}
