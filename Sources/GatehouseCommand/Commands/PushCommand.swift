import ArgumentParser
import Gatehouse

struct PushCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Send one notification, as a provider does.",
        discussion: """
            Examples:
              gatehouse push --topic com.example.app --token HEX --alert Hello
              gatehouse push --topic com.example.app --token HEX --payload '{"aps":{"badge":3}}' --expiry +1h
              gatehouse push --topic com.example.app --token HEX --payload @payload.json --command 1
              gatehouse push --topic com.example.app --raw @frame.bin

            Ends with 0 when the gateway accepted it and with 1 when it refused.
            """
    )

    @OptionGroup
    var client: ClientOptions

    @OptionGroup
    var provider: ProviderOptions

    @Option(help: "The device token, in hexadecimal.")
    var token: String?

    @Option(
        help: ArgumentHelp(
            "Bytes to send as they are: hexadecimal, or @ and a file of bytes, of hexadecimal, or a fixture.",
            valueName: "hex"
        )
    )
    var raw: String?

    @Option(help: "The text to show: short for a payload with nothing else in it.")
    var alert: String?

    @Option(help: ArgumentHelp("The payload, or @ and a file that holds it.", valueName: "json"))
    var payload: String?

    @Option(help: "The format of the frame: 0 simple, 1 enhanced, 2 items.")
    var command: UInt8 = 2

    @Option(help: "The identifier an error packet would repeat. (default: a random one)")
    var identifier: UInt32?

    @Option(
        help: ArgumentHelp(
            "Until when it may be stored: UNIX seconds, a time from now such as +1h, or 0 for not at all. (default: +1d)",
            valueName: "when"
        )
    )
    var expiry: String?

    @Option(help: "10, or 5 to be considerate of the device's battery. Only in format 2.")
    var priority: UInt8?

    func validate() throws {
        guard 0...2 ~= self.command else {
            throw ValidationError("--command is 0, 1 or 2, and not \(self.command).")
        }
        guard (self.token == nil) != (self.raw == nil) else {
            throw ValidationError("Say with --token to whom, or with --raw which bytes: one of them.")
        }
        let isComposed = self.alert != nil || self.payload != nil || self.identifier != nil || self.expiry != nil
        guard self.raw == nil || (!isComposed && self.priority == nil) else {
            throw ValidationError("--raw is the whole frame: no other part of it goes with it.")
        }
        guard self.alert == nil || self.payload == nil else {
            throw ValidationError("--alert and --payload exclude each other: the alert can stand in the payload.")
        }
    }

    func run() async throws {
        if let raw {
            let push = try RawPush(raw)
            let access = try await self.provider.access(self.client, needs: .gateway)
            return try self.client.write(try await push.send(with: access))
        }
        let request = try PushRequest(
            token: self.token ?? "",
            payload: PushRequest.payload(alert: self.alert, json: self.payload),
            command: self.command,
            identifier: self.identifier,
            expiry: self.expiry,
            priority: self.priority
        )
        let access = try await self.provider.access(self.client, needs: .gateway)
        try self.client.write(try await request.send(with: access))
    }
}

extension ClientOptions {
    /// Prints what became of a push.
    ///
    /// - Throws: the status to end with, when the gateway refused it.
    func write(_ outcome: PushOutcome) throws {
        Output.write(self.json ? outcome.answer.json : outcome.answer.text)
        if outcome.isRefused { throw ExitCode(GatehouseError.Category.notSatisfied.rawValue) }
    }
}
