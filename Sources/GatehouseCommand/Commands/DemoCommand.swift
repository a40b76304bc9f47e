import ArgumentParser
import Gatehouse

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "A guided tour on free ports that ends by itself.",
        discussion: """
            Starts a service with a phone, throws four situations at it, and says what happened and why. Disturbs \
            nothing: it has its own ports and certificates, which are gone when it ends.
            """
    )

    func run() async throws {
        try await DemoTour.run { Output.write($0) }
    }
}
