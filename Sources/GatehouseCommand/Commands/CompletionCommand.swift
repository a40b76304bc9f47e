import ArgumentParser
import Gatehouse

struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print the completion script of a shell.",
        discussion: """
            Examples:
              gatehouse completion bash > ~/.local/share/bash-completion/completions/gatehouse
              gatehouse completion zsh > ~/.zfunc/_gatehouse
              gatehouse completion fish > ~/.config/fish/completions/gatehouse.fish
            """
    )

    @Argument(help: "bash, zsh or fish.")
    var shell: String

    func run() throws {
        guard let shell = CompletionShell(rawValue: self.shell) else {
            throw GatehouseError(.usage, "There is no completion for `\(self.shell)`, only for bash, zsh and fish.")
        }
        Output.write(GatehouseCommand.completionScript(for: shell))
    }
}
