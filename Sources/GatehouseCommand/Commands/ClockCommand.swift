import ArgumentParser
import Gatehouse

struct ClockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock",
        abstract: "Look at the server's clock, stop it and move it.",
        discussion: """
            Expiry, feedback, keep-alive, delays and idle closes all follow this clock. Moving it goes through everything \
            that is due on the way, and prints what was.

            Examples:
              gatehouse clock
              gatehouse clock freeze
              gatehouse clock advance 2h
              gatehouse clock set 2017-01-01T00:00:00Z
              gatehouse clock run
            """,
        subcommands: [
            ClockShowCommand.self, ClockSetCommand.self, ClockFreezeCommand.self, ClockAdvanceCommand.self,
            ClockRunCommand.self,
        ],
        defaultSubcommand: ClockShowCommand.self
    )
}

extension ClientOptions {
    func write(_ order: ClockOrder) async throws {
        let answer = try await self.client().clock(order)
        Output.write(self.json ? answer.json : answer.text)
    }
}

struct ClockShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Print the time and the mode.")

    @OptionGroup
    var client: ClientOptions

    func run() async throws { try await self.client.write(.show) }
}

struct ClockSetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Stop the clock and move it forward to a time.",
        discussion: "Time never goes back: that ends with 1."
    )

    @OptionGroup
    var client: ClientOptions

    @Argument(help: "Such as 2017-01-01T00:00:00Z.")
    var time: String

    func run() async throws { try await self.client.write(.set(self.time)) }
}

struct ClockFreezeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "freeze", abstract: "Stop the clock where it stands.")

    @OptionGroup
    var client: ClientOptions

    func run() async throws { try await self.client.write(.freeze) }
}

struct ClockAdvanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "advance",
        abstract: "Stop the clock and move it forward."
    )

    @OptionGroup
    var client: ClientOptions

    @Argument(help: "How far, such as 90s, 2h or 30d.")
    var duration: DurationText

    func run() async throws { try await self.client.write(.advance(self.duration.duration)) }
}

struct ClockRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Let the clock go on from where it stands."
    )

    @OptionGroup
    var client: ClientOptions

    func run() async throws { try await self.client.write(.run) }
}
