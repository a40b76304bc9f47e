import ArgumentParser
import Gatehouse
import UnixSignals

struct DeviceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Mock devices in a process of their own, until SIGINT or SIGTERM.",
        discussion: """
            Examples:
              gatehouse device --app com.example.app
              gatehouse device --name tablet --app com.example.app --app com.example.other
              gatehouse device --app com.example.app --count 1000 --connect-rate 50
              gatehouse device --network edge-of-coverage
              gatehouse device --count 60 --network ideal=3,operator-8-minutes=1 --reconnect-jitter 30s
              gatehouse device --app com.example.app --keep-alive windows-mobile
            """
    )

    @OptionGroup
    var client: ClientOptions

    @Option(help: "The device's name; with --count, what their names begin with.")
    var name = "device"

    @Option(help: "An app on it. May be given more than once.")
    var app: [String] = [GatehouseConfiguration.demoTopic]

    @Option(help: "How many devices.")
    var count = 1

    @Option(
        name: .customLong("connect-rate"),
        help: ArgumentHelp("How many of them connect in a second.", valueName: "number")
    )
    var connectRate = 200.0

    @Option(
        name: .customLong("reconnect-jitter"),
        help: ArgumentHelp(
            "How much longer a device waits, at most, before it comes back from a lost connection; how long is chance. "
                + "(default: none)",
            valueName: "duration"
        )
    )
    var reconnectJitter: DurationText?

    @Option(
        help: ArgumentHelp(
            "A network profile, or several with their weights, such as ideal=3,lift=1. May be given more than once. "
                + "(default: ideal)",
            valueName: "profiles"
        )
    )
    var network: [String] = []

    @Option(
        name: .customLong("network-profiles"),
        help: ArgumentHelp("A directory with network profiles of your own.", valueName: "directory")
    )
    var networkProfiles: String?

    @Option(help: ArgumentHelp("Makes what is random repeat itself. (default: a random one)", valueName: "number"))
    var seed: UInt64?

    @Option(
        name: .customLong("keep-alive"),
        help: ArgumentHelp(
            "How it keeps its connection alive, by the name of a profile. (default: quarter-hour)",
            valueName: "profile"
        )
    )
    var keepAlive: String?

    @Flag(name: .customLong("hash-topics"), help: "Name topics by their SHA-1, as the log of Mac OS X does.")
    var hashTopics = false

    @Option(help: "Which world. (default: sandbox, where it is served)")
    var environment: PushEnvironment?

    @Option(help: ArgumentHelp("The courier, when it is not the running server's.", valueName: "host:port"))
    var courier: String?

    @Option(help: ArgumentHelp("The authority to trust, PEM.", valueName: "file"))
    var ca: String?

    func validate() throws {
        guard 1...10_000 ~= self.count else {
            throw ValidationError("--count is from 1 to 10000, and not \(self.count).")
        }
    }

    func run() async throws {
        OpenFiles.raiseLimit()
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        var wishes = DeviceProcess.Wishes(
            name: self.name,
            topics: self.app,
            count: self.count,
            environment: self.environment,
            courier: self.courier,
            authority: self.ca
        )
        wishes.networks = self.network
        wishes.networkProfiles =
            self.networkProfiles ?? CertificateDirectory.processVariables[ServeOption.networkProfiles.variable]
        wishes.connectRate = self.connectRate
        wishes.reconnectJitter = self.reconnectJitter?.duration
        wishes.seed = self.seed
        wishes.keepAlive = self.keepAlive
        wishes.hashesTopics = self.hashTopics
        let asJSON = self.client.json
        let (progress, count) = (Progress(), self.count)
        let devices = try await DeviceProcess.start(wishes, client: try self.client.client()) { event in
            Output.write(asJSON ? event.json : event.text)
        } progress: { done in
            // Of thousands, not every single one is worth a line.
            guard count > 1, done == count || done % max(1, count / 100) == 0 else { return }
            progress.update("\(done) of \(count) devices are connected")
        }
        progress.end()
        for await _ in signals { break }
        await devices.stop()
    }
}
