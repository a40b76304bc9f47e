import ArgumentParser
import Gatehouse

struct TailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Follow what happens, as it happens.",
        discussion: """
            Examples:
              gatehouse tail
              gatehouse tail --topic com.example.app --json
              gatehouse tail --types notification,connection,fault --from 0 --count 10

            A line for each event; with --json an object a line, as the API's event stream has it. A stream that is cut \
            is taken up again where it was. Ends with 4 when there is no server, or none any more.
            """
    )

    @OptionGroup
    var client: ClientOptions

    @Option(help: ArgumentHelp("Which events, separated by commas. (default: notification,fate)", valueName: "names"))
    var types: String?

    @Option(help: "Only what concerns this topic.")
    var topic: String?

    @Option(help: "Only this environment.")
    var environment: PushEnvironment?

    @Option(
        help: ArgumentHelp("Behind this event; 0: from the oldest that is kept. (default: from now)", valueName: "id")
    )
    var from: String?

    @Option(help: "End, with 0, after so many events. (default: never)")
    var count: Int?

    func run() async throws {
        let tailing = ControlClient.Tailing(
            types: self.types.map { $0.split(separator: ",").map(String.init) } ?? [],
            topic: self.topic,
            environment: self.environment,
            from: self.from
        )
        let asJSON = self.client.json
        var left = self.count
        try await self.client.client().tail(tailing) { event in
            Output.write(asJSON ? event.answer.json : event.answer.text)
            if let number = left {
                left = number - 1
                if number <= 1 { Ending.end() }
            }
        } say: {
            Talk.say("gatehouse: \($0)")
        }
    }
}
