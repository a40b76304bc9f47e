import ArgumentParser
import Gatehouse

struct CertificatesInitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make the authority and the server certificates, unless they are there.",
        discussion: "Prints the authority's file: what a client has to trust."
    )

    @OptionGroup
    var options: CertificateOptions

    @Option(help: ArgumentHelp("One more name for the servers. May be given more than once.", valueName: "name"))
    var san: [String] = []

    func run() throws {
        let progress = Progress()
        progress.update("Making keys and certificates, unless they are there")
        let answer = Result {
            try CertificateTasks.prepare(directory: self.options.directory(), additionalNames: self.san)
        }
        progress.end()
        self.options.write(try answer.get())
    }
}
