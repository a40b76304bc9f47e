import ArgumentParser
import Gatehouse
import UnixSignals

struct ExecCommand: AsyncParsableCommand {
    static let name = "exec"
    /// Nothing was run. As `env`, `nohup` and their kin have it.
    static let ownFailure: Int32 = 125

    static let configuration = CommandConfiguration(
        commandName: ExecCommand.name,
        abstract: "Run the services for as long as a command runs, and end with its status.",
        discussion: """
            Examples:
              gatehouse exec -- pytest
              gatehouse exec --environment both --config gatehouse.yml -- npm test
              gatehouse exec -- sh -c 'gatehouse push --token $GATEHOUSE_TOKEN --topic $GATEHOUSE_TOPIC --alert Hello'

            Takes free ports, unless an option, a variable or the configuration file names others. The command finds \
            the services by these variables:
              GATEHOUSE_READY          the ready record: one line of JSON, all the rest is in it
              GATEHOUSE_CONTROL_URL    the HTTP control API
              GATEHOUSE_GATEWAY_HOST, GATEHOUSE_GATEWAY_PORT, GATEHOUSE_FEEDBACK_PORT, GATEHOUSE_COURIER_PORT
              GATEHOUSE_CA_FILE        the authority to trust, PEM
              GATEHOUSE_CERT_FILE, GATEHOUSE_KEY_FILE, GATEHOUSE_PEM_FILE, GATEHOUSE_P12_FILE
              GATEHOUSE_TOPIC, GATEHOUSE_TOKEN    an app to push to

            When the command fails, the pushes captured meanwhile are listed on standard error. Signals are passed on \
            once; one that is repeated later kills. What the command leaves running in its process group is ended.

            Ends with the command's status, or 128+n when signal n ended it; with 125 when the services cannot start, \
            126 when the command cannot be run and 127 when there is none.
            """
    )

    @OptionGroup
    var options: ServeOptions

    @Argument(
        parsing: .postTerminator,
        help: ArgumentHelp("The command and its arguments, behind --.", valueName: "command")
    )
    var words: [String] = []

    func validate() throws {
        guard !self.words.isEmpty else {
            throw ValidationError("Say behind -- what to run, such as `gatehouse exec -- pytest`.")
        }
        guard self.options.ready != GatehouseConfiguration.ReadyFormat.json.rawValue else {
            throw ValidationError(
                "--ready json: standard output is the command's; it finds the record in GATEHOUSE_READY."
            )
        }
    }

    func run() async throws {
        // First: what is open by now comes from whoever started us, and is the command's as well.
        let descriptors = ChildProcess.openDescriptors()
        let configuration = try self.options.resolve(over: .onFreePorts)
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        let variables = CertificateDirectory.processVariables
        let run = try await Progress.during("Starting; the first start makes keys and certificates") {
            try await ServerRun.start(configuration, variables: variables, leavesNote: false) {
                Talk.say("gatehouse: \($0)")
            }
        }
        // The command's own words stand on standard error: ours only when they were asked for.
        if configuration.logLevel != nil { ServerLog(configuration).follow(run.gatehouse) }
        let status: Int32
        do throws(ChildProcess.LaunchFailure) {
            let child = try ChildProcess.start(
                self.words,
                variables: ExecVariables.of(run.gatehouse, over: variables),
                inheriting: descriptors
            )
            status = await Self.status(of: child, signals)
            if status != 0 { await Self.explain(status, run, seed: configuration.seed) }
        } catch {
            Talk.say("gatehouse: \(error)")
            status = error.status
        }
        await run.stop(within: .seconds(4))
        Ending.end(withStatus: status)
    }

    private static func status(of child: ChildProcess, _ signals: UnixSignalsSequence) async -> Int32 {
        let passing = Task {
            var wish = StopWish()
            for await signal in signals {
                switch wish.heard(at: .now) {
                case .stop: child.signal(signal.rawValue)
                case .echo: break
                case .insist: child.kill()
                }
            }
        }
        defer { passing.cancel() }
        return await child.wait().status
    }

    private static func explain(_ status: Int32, _ run: ServerRun, seed: UInt64?) async {
        guard let summary = try? await run.gatehouse.captureSummary() else { return }
        Talk.say("gatehouse: the command ended with status \(status). \(summary.text)")
        if seed == nil { Talk.say("Seed \(run.gatehouse.seed); --seed repeats it.") }
    }
}
