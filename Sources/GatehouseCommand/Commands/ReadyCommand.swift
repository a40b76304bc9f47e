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
        let isReady = self.wait ? try await self.becomesReady() : try await self.isReady()
        if self.client.json { Output.write("{\"ready\":\(isReady)}") }
        if isReady { return }
        Talk.say(self.wait ? "gatehouse: not ready in time." : "gatehouse: not ready yet.")
        throw ExitCode(GatehouseError.Category.notSatisfied.rawValue)
    }

    private func isReady() async throws -> Bool {
        try await self.client.client().status(of: "/readyz") == 200
    }

    /// Looks for the server anew each time: it may leave its note only later.
    private func becomesReady() async throws -> Bool {
        let deadline = ContinuousClock.now + self.timeout.duration
        var pause = Duration.milliseconds(10)
        while true {
            if try await self.isReadyByNow() { return true }
            let left = deadline - .now
            if left <= .zero { return false }
            try await Task.sleep(for: min(pause, left))
            pause = min(pause * 2, .milliseconds(100))
        }
    }

    /// No server is no answer; anything else that goes wrong is the user's to know.
    private func isReadyByNow() async throws -> Bool {
        do {
            return try await self.isReady()
        } catch let error as GatehouseError where error.category == .unreachable {
            return false
        }
    }
}
