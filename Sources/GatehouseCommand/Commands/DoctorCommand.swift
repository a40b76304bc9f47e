import ArgumentParser
import Gatehouse

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at everything a server needs, and say what to do about what is in the way.",
        discussion: """
            Examples:
              gatehouse doctor
              gatehouse doctor --config ci/gatehouse.yml
              gatehouse doctor --json

            A line each for the configuration, libcrypto, the clock, the certificates, a running server and every port, \
            beginning with ok, warn or fail. Changes nothing. Ends with 1 when something fails.
            """
    )

    @Flag(help: "Answer in JSON.")
    var json = false

    @OptionGroup
    var options: ServeOptions

    func run() async throws {
        let sources = self.options.sources
        let client = try ControlClient.find(nil, variables: sources.variables)
        let report = await Doctor(sources, client: client).examine()
        Output.write(self.json ? report.answer.json : report.answer.text)
        if !report.isSound { throw ExitCode(GatehouseError.Category.notSatisfied.rawValue) }
    }
}
