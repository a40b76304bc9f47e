import ArgumentParser
import Gatehouse

struct CertificatesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certs",
        abstract: "Make and look at certificates.",
        discussion: """
            Examples:
              gatehouse certs issue --topic com.example.app
              gatehouse certs show certificate.pem
              gatehouse certs doctor
            """,
        subcommands: [
            CertificatesInitCommand.self, CertificatesIssueCommand.self, CertificatesShowCommand.self,
            CertificatesDoctorCommand.self,
        ]
    )
}

/// Where certificates lie, and how to answer.
struct CertificateOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The directory of certificates. (default: GATEHOUSE_CERTS, or the user's data directory)",
            valueName: "directory"
        )
    )
    var certs: String?

    @Flag(help: "Answer in JSON.")
    var json = false

    func directory() throws(GatehouseError) -> String {
        let variables = CertificateDirectory.processVariables
        if let named = self.certs ?? variables[ServeOption.certs.variable] { return named }
        return try CertificateDirectory.usual(variables: variables)
    }

    func write(_ answer: CommandAnswer) { Output.write(self.json ? answer.json : answer.text) }
}
