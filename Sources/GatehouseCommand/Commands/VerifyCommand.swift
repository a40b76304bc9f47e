import ArgumentParser
import Gatehouse

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check what was pushed, now: how many notifications match.",
        discussion: """
            When the check fails, the notifications that came closest are named, with what is as asked for and what is not.

            Examples:
              gatehouse verify --topic com.example.app --fate delivered
              gatehouse verify --verdict rejected --count 0
              gatehouse verify --token HEX --at-least 2 --json

            Ends with 0 when it holds and with 1 when not. `wait` waits for it.
            """
    )

    @OptionGroup
    var client: ClientOptions

    @OptionGroup
    var match: MatchOptions

    @Option(help: "Exactly so many. (default: 1)")
    var count: Int?

    @Option(name: .customLong("at-least"), help: "So many or more.")
    var least: Int?

    @Option(name: .customLong("at-most"), help: "So many or fewer.")
    var most: Int?

    @Option(help: ArgumentHelp("Only what came behind this cursor.", valueName: "cursor"))
    var after: String?

    func validate() throws {
        guard self.count == nil || (self.least == nil && self.most == nil) else {
            throw ValidationError("--count says exactly how many; leave out --at-least and --at-most, or --count.")
        }
    }

    func run() async throws {
        let client = try self.client.client()
        let count = self.least == nil && self.most == nil ? self.count ?? 1 : nil
        let check = ControlClient.Check(count: count, least: self.least, most: self.most, after: self.after)
        let body = try await client.verify(self.match.query, check)
        let answer = try client.checkAnswer(from: body)
        if self.client.json { Output.write(body) } else { Output.write(answer.text) }
        guard answer.satisfied else { throw ExitCode(GatehouseError.Category.notSatisfied.rawValue) }
    }
}
