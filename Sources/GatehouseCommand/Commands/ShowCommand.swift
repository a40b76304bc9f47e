import ArgumentParser
import Gatehouse

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one notification: what became of it, and why. Or one connection: its way, and its bytes.",
        discussion: """
            Examples:
              gatehouse show n-17
              gatehouse show n-17 --json
              gatehouse show c-42
              gatehouse show n-17 --as push
              gatehouse show n-17 --as fixture > frame.json

            As `push`: a command that sends the same bytes. As `hex`: the frame. As `fixture`: a JSON object with the \
            frame and what became of it, which `push --raw @FILE` takes. As `curl`: the request that shows it.

            Of a connection, `--as hex` is a dump of what is kept of its bytes, inside TLS. Wireshark's \
            `text2pcap -a -D -t ISO` turns it into a capture.
            """
    )

    @OptionGroup
    var client: ClientOptions

    @Argument(help: "The notification, as `ls` names it, or the connection, as `show` of a notification names it.")
    var id: String

    @Option(name: .customLong("as"), help: "Copy it: push, hex, fixture or curl.")
    var form: CopyForm?

    func run() async throws {
        let client = try self.client.client()
        if self.id.hasPrefix("c-") { return Output.write(try await self.connection(client)) }
        if let form { return Output.write(try await client.copy(self.id, as: form)) }
        let body = try await client.request("GET", "/v1/notifications/\(ControlClient.escaped(self.id))")
        Output.write(self.client.json ? String(decoding: body, as: UTF8.self) : try client.details(from: body))
    }

    private func connection(_ client: ControlClient) async throws -> String {
        switch self.form {
        case nil:
            return try await self.client.json ? client.connectionDocument(self.id) : client.connectionDetails(self.id)
        case .hex: return try await client.connectionDump(self.id)
        case .curl: return client.connectionRequest(self.id)
        case .push, .fixture:
            throw GatehouseError(
                .usage,
                "A connection is copied as hex or curl; push and fixture are for one of its notifications."
            )
        }
    }
}
