import ArgumentParser
import Gatehouse

struct FaultCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fault",
        abstract: "Make the service misbehave on purpose.",
        discussion: """
            Examples:
              gatehouse fault add answer:8 --topic com.example.app --times 1
              gatehouse fault add reset --skip-first 10 --ttl 5m
              gatehouse fault ls
              gatehouse fault clear
            """,
        subcommands: [
            FaultAddCommand.self, FaultListCommand.self, FaultRemoveCommand.self, FaultClearCommand.self,
        ]
    )
}

struct FaultListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the rules in force, in the order in which they are asked."
    )

    @OptionGroup
    var client: ClientOptions

    @Option(help: "Only rules that name this topic.")
    var topic: String?

    func run() async throws {
        let answer = try await self.client.client().faults(topic: self.topic, hasHeader: Output.isTerminal)
        if self.client.json {
            Output.write(answer.json)
        } else if answer.text.isEmpty {
            Talk.say("No rule is in force.")
        } else {
            Output.write(answer.text)
        }
    }
}

struct FaultRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove rules.",
        discussion: "Ends with 1 when there is no such rule."
    )

    @OptionGroup
    var client: ClientOptions

    @Argument(help: "The rules, as `ls` names them.")
    var id: [String]

    func run() async throws {
        let client = try self.client.client()
        for id in self.id { try await client.removeFault(id) }
        if self.client.json { Output.write("{\"deleted\":\(self.id.count)}") } else { Talk.say("Done.") }
    }
}

struct FaultClearCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "clear", abstract: "Remove all rules.")

    @OptionGroup
    var client: ClientOptions

    @Option(help: "Only rules that name this topic.")
    var topic: String?

    func run() async throws {
        let answer = try await self.client.client().clearFaults(topic: self.topic)
        if self.client.json { Output.write(answer.json) } else { Talk.say(answer.text) }
    }
}
