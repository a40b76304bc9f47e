import ArgumentParser
import Gatehouse

struct ProfilesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profiles",
        abstract: "List the profiles of `serve`: what differed by era or is a matter of strictness.",
        discussion: "Each choice can also be made singly, with an option of `serve`."
    )

    @Flag(help: "Answer in JSON.")
    var json = false

    func run() throws {
        let answer = ProfileCatalogue.answer
        Output.write(self.json ? answer.json : answer.text)
    }
}
