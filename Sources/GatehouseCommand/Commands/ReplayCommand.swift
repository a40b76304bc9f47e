import ArgumentParser
import Gatehouse

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Send a captured notification again, byte by byte as it was.",
        discussion: """
            Examples:
              gatehouse replay n-17
              gatehouse replay n-17 --json

            Goes to the gateway of the server that captured it, with the identity of its topic. To send it elsewhere, \
            copy it: `gatehouse show n-17 --as push`. Ends with 1 when the gateway refuses it.
            """
    )

    @OptionGroup
    var client: ClientOptions

    @Argument(help: "The notification, as `ls` names it.")
    var id: String

    func run() async throws {
        let client = try self.client.client()
        let (frame, wishes) = try await client.replay(self.id)
        let access = try await ProviderAccess(wishes, needs: .gateway, client: client)
        try self.client.write(try await RawPush(bytes: frame).send(with: access))
    }
}
