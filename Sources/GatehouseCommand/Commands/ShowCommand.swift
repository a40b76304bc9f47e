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
              gatehouse show n-17 --as push
              gatehouse show n-17 --as fixture > frame.json

            As `push`: a command that sends the same bytes. As `hex`: the frame. As `fixture`: a JSON object with the \
            frame and what became of it, which `push --raw @FILE` takes. As `curl`: the request that shows it.
            """
    )

    @OptionGroup
    var client: ClientOptions

    @Argument(help: "The notification, as `ls` names it.")
    var id: String

    @Option(name: .customLong("as"), help: "Copy it: push, hex, fixture or curl.")
    var form: CopyForm?

    func run() async throws {
        let client = try self.client.client()
        if let form { return Output.write(try await client.copy(self.id, as: form)) }
        let body = try await client.request("GET", "/v1/notifications/\(ControlClient.escaped(self.id))")
        Output.write(self.client.json ? String(decoding: body, as: UTF8.self) : try client.details(from: body))
    }
}
