import ArgumentParser
import Gatehouse

struct ConformanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance",
        abstract: "Judge any gateway of the binary protocol from outside, row by row.",
        discussion: """
            Sends well-formed and malformed frames, and compares what comes back with what Apple's gateway is known to \
            have answered. Without an address it judges the running server. Accepted notifications reach the token's \
            device, and reading feedback empties the list.

            Ends with 0 when the gateway did all that is known of Apple's, with 1 when not.

            Examples:
              gatehouse conformance
              gatehouse conformance --list
              gatehouse conformance --only errors --only feedback
              gatehouse conformance --gateway localhost:2195 --cert cert.pem --key key.pem --ca ca.pem --token HEX
            """
    )

    @OptionGroup
    var client: ClientOptions

    @OptionGroup
    var provider: ProviderOptions

    @Option(help: "A token that the gateway takes, in hexadecimal. (default: one of the server's devices)")
    var token: String?

    @Option(
        name: .customLong("unknown-token"),
        help: ArgumentHelp(
            "A token that nobody has registered. (default: one derived from the other)",
            valueName: "token"
        )
    )
    var unknownToken: String?

    @Option(help: "What the gateway is taken for, as `profiles` names it. (default: the server's, otherwise 2014)")
    var profile: String?

    @Option(help: ArgumentHelp("Only this row, or this group of rows. May be given more than once.", valueName: "row"))
    var only: [String] = []

    @Flag(help: "List the rows and do nothing.")
    var list = false

    func run() async throws {
        if self.list {
            let rows = ConformanceRun.list
            return Output.write(self.client.json ? rows.json : rows.text)
        }
        let wishes = ConformanceRun.Wishes(
            access: self.provider.wishes,
            token: self.token,
            unknownToken: self.unknownToken,
            profile: self.profile,
            rows: self.only
        )
        let run = try await ConformanceRun(wishes, client: try self.client.client())
        let asJSON = self.client.json
        // Where the rows are not seen as they come, their number is.
        let (progress, isSeen) = (Progress(), !asJSON && Output.isTerminal)
        var judged = 0
        let result = await run.run { row in
            if !asJSON { Output.write(row) }
            judged += 1
            if !isSeen { progress.update("\(judged) rows judged") }
        }
        if !isSeen { progress.end() }
        if asJSON { Output.write(result.answer.json) } else { Talk.say(result.answer.text) }
        if !result.isConformant { throw ExitCode(GatehouseError.Category.notSatisfied.rawValue) }
    }
}
