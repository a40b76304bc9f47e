import ArgumentParser
import Gatehouse

struct CertificatesShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tell what a certificate says: topics, environments, names, validity."
    )

    @OptionGroup
    var options: CertificateOptions

    @Argument(help: "A certificate, PEM or DER.")
    var file: String

    func run() throws {
        self.options.write(try CertificateTasks.describe(self.file))
    }
}
