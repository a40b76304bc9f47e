import ArgumentParser
import Gatehouse

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List notifications, the newest first.",
        discussion: """
            Examples:
              gatehouse ls
              gatehouse ls --verdict rejected
              gatehouse ls --topic com.example.app --fate stored --json
            """
    )

    @OptionGroup
    var client: ClientOptions

    @OptionGroup
    var match: MatchOptions

    @Option(help: "asc, the oldest first, or desc. (default: desc)")
    var order: String?

    @Option(help: "At most so many. (default: 50)")
    var limit: Int?

    @Option(help: ArgumentHelp("Go on where an earlier answer ended: its nextCursor.", valueName: "cursor"))
    var cursor: String?

    func run() async throws {
        let client = try self.client.client()
        let body = try await client.notifications(
            matching: self.match.query,
            order: self.order ?? "desc",
            limit: self.limit,
            cursor: self.cursor
        )
        if self.client.json { return Output.write(body) }
        let answer = try client.answer(from: body)
        if answer.items.isEmpty { return Talk.say("No notification matches.") }
        Output.write(NotificationTable(answer.items, hasHeader: Output.isTerminal).text)
    }
}
