import ArgumentParser
import CAllocator
import Gatehouse

@main
enum Main {
    static func main() async {
        allocator_join_at_once()
        do {
            try GatehouseCommand.checkName(CommandLine.arguments.dropFirst().first)
            var command = try GatehouseCommand.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            // Between its command's statuses and ours nobody could tell, so `exec` has one of its own.
            let isExec = CommandLine.arguments.dropFirst().first == ExecCommand.name
            Ending.end(with: error, status: isExec ? ExecCommand.ownFailure : nil)
        }
    }
}

/// What a user meets first: the list of commands. Without one of them, `serve`.
struct GatehouseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatehouse",
        abstract: "A local stand-in for Apple's legacy push gateway.",
        discussion: """
            Try it:
              gatehouse demo                 a guided tour that ends by itself
              gatehouse serve                the services, until you stop them
              gatehouse exec -- pytest       the services for as long as a command runs
              gatehouse push --topic com.example.app --token HEX --alert Hello

            Standard output is data, standard error is talk. Exit status: 0 success, 1 not satisfied, 2 wrong usage or \
            configuration, 3 an address cannot be bound or a file not be read, 4 no server reachable, 70 an internal \
            error, 128+n ended by signal n; `exec` has its command's, or 125, 126 or 127.
            """,
        version: Gatehouse.version,
        groupedSubcommands: [
            CommandGroup(name: "Run", subcommands: [ServeCommand.self, ExecCommand.self, DemoCommand.self]),
            CommandGroup(
                name: "Act as a provider or a device",
                subcommands: [
                    PushCommand.self, ReplayCommand.self, FeedbackCommand.self, DeviceGroupCommand.self,
                    ConformanceCommand.self,
                ]
            ),
            CommandGroup(
                name: "Ask a running server",
                subcommands: [
                    ListCommand.self, ShowCommand.self, TailCommand.self, WaitCommand.self, VerifyCommand.self,
                    AuditCommand.self, ReadyCommand.self, ResetCommand.self, StateCommand.self,
                ]
            ),
            CommandGroup(name: "Make trouble", subcommands: [FaultCommand.self, ClockCommand.self]),
            CommandGroup(
                name: "Prepare",
                subcommands: [
                    CertificatesCommand.self, ProfilesCommand.self, ConfigCommand.self, DoctorCommand.self,
                    CompletionCommand.self,
                ]
            ),
        ],
        defaultSubcommand: ServeCommand.self
    )
}

extension GatehouseCommand {
    /// A misspelt command would otherwise be taken for an argument of `serve`.
    ///
    /// - Throws: `GatehouseError` for a first word that is neither an option nor a command.
    static func checkName(_ word: String?) throws(GatehouseError) {
        guard let word, !word.hasPrefix("-") else { return }
        let known = Self.configuration.subcommands.compactMap { $0.configuration.commandName }
        guard !(known + ["help"]).contains(word) else { return }
        let suggestion = Suggestion.name(near: word, among: known).map { " Did you mean `\($0)`?" } ?? ""
        throw GatehouseError(.usage, "There is no command `\(word)`.\(suggestion) `gatehouse --help` lists them.")
    }
}
