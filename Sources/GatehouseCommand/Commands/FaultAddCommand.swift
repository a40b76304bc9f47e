import ArgumentParser
import Gatehouse

struct FaultAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add a rule behind the others, or replace the one of the same id.",
        discussion: """
            The action is one word with its settings:
              \(FaultActionText.forms.joined(separator: "\n  "))

            Examples:
              gatehouse fault add answer:8 --topic com.example.app --times 1
              gatehouse fault add late-answer:8:3 --token HEX
              gatehouse fault add delay:500ms --stage reply --every-nth 10
              gatehouse fault add black-hole --between 5s..10s --ttl 1m
              gatehouse fault add --rule @rule.json
            """
    )

    @OptionGroup
    var client: ClientOptions

    @Argument(help: "What is to happen, such as answer:8.")
    var action: String?

    @Option(help: ArgumentHelp("The whole rule as the API takes it, or @ and a file.", valueName: "json"))
    var rule: String?

    @Option(help: "The rule's name. (default: a free one)")
    var id: String?

    @Option(
        help: "accept, handshake, frame, reply, feedback or courier. (default: where the action is usually meant)"
    )
    var stage: String?

    @OptionGroup(title: "What it looks for")
    var match: FaultMatchOptions

    @OptionGroup(title: "When it fires")
    var trigger: FaultTriggerOptions

    func validate() throws {
        guard (self.action == nil) != (self.rule == nil) else {
            throw ValidationError("Say what is to happen: an action, such as answer:8, or a whole rule with --rule.")
        }
        guard self.rule == nil || (self.id == nil && self.stage == nil && !self.match.isUsed && !self.trigger.isUsed)
        else { throw ValidationError("--rule is the whole rule: no other option goes with it.") }
    }

    func run() async throws {
        let client = try self.client.client()
        let answer: CommandAnswer
        if let rule {
            answer = try await client.addFault(FaultWishes.rule(json: rule))
        } else {
            answer = try await client.addFault(self.wishes.rule())
        }
        Output.write(self.client.json ? answer.json : answer.text)
    }

    private var wishes: FaultWishes {
        var wishes = FaultWishes(action: self.action ?? "")
        wishes.id = self.id
        wishes.stage = self.stage
        self.match.write(to: &wishes)
        self.trigger.write(to: &wishes)
        return wishes
    }
}
