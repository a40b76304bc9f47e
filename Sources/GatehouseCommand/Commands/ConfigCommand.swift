import ArgumentParser
import Gatehouse

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show what `serve` would be told, and where each setting comes from.",
        discussion: """
            Examples:
              gatehouse config show
              gatehouse config show --profile strict --json
              gatehouse config check gatehouse.yml
            """,
        subcommands: [ConfigShowCommand.self, ConfigCheckCommand.self],
        defaultSubcommand: ConfigShowCommand.self
    )
}

struct ConfigShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract:
            "Print every setting with its value and its origin: a flag, a variable, a file's line, or the default.",
        discussion: """
            Examples:
              gatehouse config show
              gatehouse config show --json
              GATEHOUSE_CLOCK=manual gatehouse config show --config other.yml

            Takes the options of `serve`, and starts nothing.
            """
    )

    @Flag(help: "Answer in JSON.")
    var json = false

    @OptionGroup
    var options: ServeOptions

    func run() throws {
        let configuration = try self.options.resolve()
        let directory = try CertificateDirectory.usual(variables: CertificateDirectory.processVariables)
        let answer = ConfigurationReport.answer(about: configuration, certificates: directory)
        Output.write(self.json ? answer.json : answer.text)
    }
}

struct ConfigCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Judge a configuration file.",
        discussion: """
            Examples:
              gatehouse config check
              gatehouse config check ci/gatehouse.yml

            Ends with 0 when `serve` would take it; with 2, and line and column of the first mistake, when not; with 3 \
            when there is no such file.
            """
    )

    @Argument(help: "The file.")
    var file = GatehouseConfiguration.usualFile

    func run() throws {
        _ = try GatehouseConfiguration.resolve(ConfigurationSources(flags: [.config: self.file]))
        Talk.say("\(self.file): no mistake.")
    }
}
