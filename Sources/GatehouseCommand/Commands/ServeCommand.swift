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
        OpenFiles.raiseLimit()
        // Trapped first: who reads the ready record may stop us at once.
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        let log = ServerLog(configuration)
        let run = try await Progress.during("Starting; the first start makes keys and certificates") {
            try await ServerRun.start(configuration, variables: CertificateDirectory.processVariables) {
                log.say("gatehouse: \($0)", level: .warning)
            }
        }
        if configuration.seed == nil { log.say("Seed \(run.gatehouse.seed); --seed repeats it.") }
        switch configuration.ready {
        case .json: Output.write(run.gatehouse.readyLine)
        case .text: Output.write(run.banner(program: Self.program, configuration))
        }
        log.follow(run.gatehouse)
        await Self.end(run, on: signals, log)
    }

    /// Ends the run at the first signal that asks for it. SIGHUP does when it says that the terminal is gone; sent to a
    /// service, it asks for a reload, and there is nothing to reload.
    private static func end(_ run: ServerRun, on signals: UnixSignalsSequence, _ log: ServerLog) async {
        let hasTerminal = Talk.isTerminal
        var wish = StopWish()
        for await signal in signals {
            if signal == .sighup, !hasTerminal {
                let text = "gatehouse: SIGHUP changes nothing: a changed configuration takes a new start."
                log.say(text, level: .warning)
                continue
            }
            switch wish.heard(at: .now) {
            case .stop:
                Task {
                    await run.stop(within: .seconds(4))
                    Ending.end()
                }
            case .echo: break
            case .insist: Ending.end(by: signal.rawValue)
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
