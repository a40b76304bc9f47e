import ArgumentParser
import Gatehouse
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the services until SIGINT or SIGTERM.",
        discussion: """
            Examples:
              gatehouse serve
              gatehouse serve --port 0 --ready json
              gatehouse serve --environment both --config gatehouse.yml

            Every option is also a variable (--ready-file is GATEHOUSE_READY_FILE) and a key of the configuration \
            file. A flag outweighs a variable, a variable the file, the file the default.
            """
    )

    @OptionGroup
    var options: ServeOptions

    func run() async throws {
        let configuration = try self.options.resolve()
        // Trapped first: who reads the ready record may stop us at once.
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let run = try await ServerRun.start(configuration, variables: CertificateDirectory.processVariables) {
            Talk.say("gatehouse: \($0)")
        }
        if configuration.seed == nil { Talk.say("Seed \(run.gatehouse.seed); --seed repeats it.") }
        switch configuration.ready {
        case .json: Output.write(run.gatehouse.readyLine)
        case .text:
            Output.write(run.banner(program: Self.program, configuration))
            if Talk.isTerminal { run.follow { Talk.say($0) } }
        }
        await Self.end(run, on: signals)
    }

    /// Ends the run at the first signal. One that comes right after it is the same wish, delivered twice; a later one
    /// is impatience.
    private static func end(_ run: ServerRun, on signals: UnixSignalsSequence) async {
        var first: ContinuousClock.Instant?
        for await signal in signals {
            if let first {
                if .now - first >= .milliseconds(300) { Ending.end(by: signal.rawValue) }
                continue
            }
            first = .now
            Task {
                await run.stop(within: .seconds(4))
                Ending.end()
            }
        }
    }

    /// How the user started this program, fit for being pasted.
    static var program: String {
        let name = CommandLine.arguments.first ?? "gatehouse"
        guard name.contains("/") else { return name }
        return name.contains(" ") ? "'\(name)'" : name
    }
}
