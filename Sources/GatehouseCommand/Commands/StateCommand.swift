import ArgumentParser
import Gatehouse

struct StateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state",
        abstract: "Carry what a server is made of to a file, and back.",
        discussion: """
            Examples:
              gatehouse state export state.json
              gatehouse state import state.json
              gatehouse serve --config state.json
            """,
        subcommands: [StateExportCommand.self, StateImportCommand.self]
    )
}

struct StateExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write devices, faults and what has accumulated to a file.",
        discussion: """
            Examples:
              gatehouse state export state.json
              gatehouse state export -

            The file is written beside its name and renamed: whatever happens on the way, an older one is whole. A \
            single `-` is standard output.
            """
    )

    @OptionGroup
    var client: ClientOptions

    @Argument(help: "Where to, or `-` for standard output.")
    var file: String

    func run() async throws {
        let document = try await self.client.client().exportState()
        guard self.file != "-" else { return Output.write(document) }
        try FileSystem.replace(self.file, with: String(decoding: document, as: UTF8.self) + "\n", mode: 0o600)
        if self.client.json { Output.write(document) } else { Talk.say("Written to \(self.file).") }
    }
}

struct StateImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make what a file names: devices, faults and what had accumulated.",
        discussion: """
            Examples:
              gatehouse state import state.json
              gatehouse state export - --control http://127.0.0.1:8195 | gatehouse state import -

            What the file does not name is left alone. Importing the same file again changes nothing. A mistake in the \
            file is pointed at, and then nothing is changed. A single `-` is standard input.
            """
    )

    @OptionGroup
    var client: ClientOptions

    @Argument(help: "Where from, or `-` for standard input.")
    var file: String

    func run() async throws {
        let path = self.file == "-" ? "/dev/stdin" : self.file
        guard let document = try FileSystem.bytes(of: path) else {
            throw GatehouseError(.unavailable, "\(self.file): there is no such file.")
        }
        let answer = try await self.client.client().importState(document)
        if self.client.json { Output.write(answer) } else { Talk.say("Imported from \(self.file).") }
    }
}
