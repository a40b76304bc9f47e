import ArgumentParser
import Gatehouse

struct ReadyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ready",
        abstract: "Tell whether a server is ready.",
        discussion: """
            Ends with 0 when it is, with 1 when it is not or not in time, with 4 when there is none.

            Examples:
              gatehouse ready
              gatehouse ready --wait --timeout 30s
            """
    )

    @OptionGroup
    var client: ClientOptions

    @Flag(help: "Wait until it is; a server that is not there yet may still come.")
    var wait = false

    @Option(help: ArgumentHelp("How long to wait.", valueName: "duration"))
    var timeout = DurationText(.seconds(10))

    func run() async throws {
        let isReady: Bool
        if self.wait {
            isReady = try await self.becomesReady()
        } else {
            isReady = try await self.client.client().status(of: "/readyz") == 200
        }
        if self.client.json { Output.write("{\"ready\":\(isReady)}") }
        if isReady { return }
        Talk.say(self.wait ? "gatehouse: not ready in time." : "gatehouse: not ready yet.")
        throw ExitCode(GatehouseError.Category.notSatisfied.rawValue)
    }

    /// Looks for the server anew each time: it may leave its note only later.
    private func becomesReady() async throws -> Bool {
        let deadline = ContinuousClock.now + self.timeout.duration
        var pause = Duration.milliseconds(10)
        while true {
            do {
                if try await self.client.client().status(of: "/readyz") == 200 { return true }
            } catch let error as GatehouseError {
                if error.category != .unreachable { throw error }
            }
            let left = deadline - .now
            if left <= .zero { return false }
            try await Task.sleep(for: min(pause, left))
            pause = min(pause * 2, .milliseconds(100))
        }
    }
}
