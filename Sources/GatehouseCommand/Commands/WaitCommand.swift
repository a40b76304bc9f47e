import ArgumentParser
import Gatehouse

struct WaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Block until notifications match, or time is up.",
        discussion: """
            What happened before counts too, so act first and wait then. With --count 0 it waits for silence.

            Examples:
              gatehouse wait --topic com.example.app --fate delivered
              gatehouse wait --verdict rejected --status 8 --count 3 --timeout 10s
              gatehouse wait --token HEX --count 0 --timeout 1s

            Ends with 0 when it came true and with 1 when not.
            """
    )

    @OptionGroup
    var client: ClientOptions

    @OptionGroup
    var match: MatchOptions

    @Option(help: "How many; 0: none may come.")
    var count = 1

    @Option(help: ArgumentHelp("Only what came behind this cursor.", valueName: "cursor"))
    var after: String?

    @Option(help: ArgumentHelp("How long at most.", valueName: "duration"))
    var timeout = DurationText(.seconds(10))

    func run() async throws {
        let client = try self.client.client()
        let body = try await client.wait(
            for: self.match.query,
            count: self.count,
            after: self.after,
            timeout: self.timeout.duration
        )
        let answer = try client.answer(from: body)
        if self.client.json {
            Output.write(body)
        } else if !answer.items.isEmpty {
            Output.write(NotificationTable(answer.items, hasHeader: Output.isTerminal).text)
        }
        guard answer.satisfied == true else {
            let came = answer.items.count == 1 ? "1 came" : "\(answer.items.count) came"
            Talk.say("gatehouse: not satisfied: \(self.count) wanted, \(came).")
            throw ExitCode(GatehouseError.Category.notSatisfied.rawValue)
        }
    }
}
