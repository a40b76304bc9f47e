import ArgumentParser
import Gatehouse

struct DeviceGroupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device",
        abstract: "Mock devices in a process of their own; and what became of their apps.",
        discussion: """
            Examples:
              gatehouse device --app com.example.app
              gatehouse device --name tablet --app com.example.app --app com.example.other
              gatehouse device ls
              gatehouse device networks
              gatehouse device expire HEX --at 2014-05-01T00:00Z
            """,
        subcommands: [
            DeviceCommand.self, DeviceListCommand.self, DeviceNetworksCommand.self, DeviceExpireCommand.self,
        ],
        defaultSubcommand: DeviceCommand.self
    )
}

struct DeviceListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List the server's devices: a line for each app, with its token."
    )

    @OptionGroup
    var client: ClientOptions

    func run() async throws {
        let answer = try await self.client.client().devices(hasHeader: Output.isTerminal)
        if self.client.json {
            Output.write(answer.json)
        } else if answer.text.isEmpty {
            Talk.say("There is no device.")
        } else {
            Output.write(answer.text)
        }
    }
}

struct DeviceNetworksCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "networks",
        abstract: "List the network profiles a device may have; judges your own.",
        discussion: """
            Examples:
              gatehouse device networks
              gatehouse device networks --network-profiles networks --json

            Ends with 2, and file, line and column of the first mistake, when one of your own cannot be.
            """
    )

    @Option(
        name: .customLong("network-profiles"),
        help: ArgumentHelp("A directory with network profiles of your own.", valueName: "directory")
    )
    var networkProfiles: String?

    @Flag(help: "Answer in JSON.")
    var json = false

    func run() throws {
        let directory =
            self.networkProfiles ?? CertificateDirectory.processVariables[ServeOption.networkProfiles.variable]
        let answer = try NetworkListing.answer(directory: directory)
        Output.write(self.json ? answer.json : answer.text)
    }
}

struct DeviceExpireCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expire",
        abstract: "Put a token on the feedback list, as if its app were gone.",
        discussion: """
            Examples:
              gatehouse device expire HEX
              gatehouse device expire HEX --at 2014-05-01T00:00Z
              gatehouse device expire HEX --topic com.example.app --environment production

            The next reading of the feedback service gets it and empties the list; `gatehouse feedback --peek` only looks.
            """
    )

    @OptionGroup
    var client: ClientOptions

    @Argument(help: "The device token, in hexadecimal.")
    var token: String

    @Option(help: ArgumentHelp("When the service noticed. (default: now)", valueName: "time"))
    var at: String?

    @Option(help: "Whose token it is. (default: that of the device that has it)")
    var topic: String?

    @Option(help: "In which world. (default: that of the device that has it)")
    var environment: PushEnvironment?

    func run() async throws {
        let client = try self.client.client()
        let answer = try await client.expire(
            self.token,
            topic: self.topic,
            environment: self.environment,
            at: self.at
        )
        Output.write(self.client.json ? answer.json : answer.text)
    }
}
