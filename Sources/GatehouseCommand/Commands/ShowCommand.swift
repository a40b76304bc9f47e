import ArgumentParser
import Gatehouse

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one notification: what became of it, and why.",
        discussion: """
            Examples:
              gatehouse show n-17
              gatehouse show n-17 --json
            """
    )

    @OptionGroup
    var client: ClientOptions

    @Argument(help: "The notification, as `ls` names it.")
    var id: String

    func run() async throws {
        let client = try self.client.client()
        let body = try await client.request("GET", "/v1/notifications/\(ControlClient.escaped(self.id))")
        Output.write(self.client.json ? String(decoding: body, as: UTF8.self) : try client.details(from: body))
    }
}
