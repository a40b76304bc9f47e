import ArgumentParser
import Gatehouse

struct CertificatesIssueCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue",
        abstract: "Issue a provider identity, in every form that push libraries ask for.",
        discussion: """
            Certificate (PEM and DER), key, both in one PEM file, PKCS#12, and a trust store for Java with the authority \
            in it, of the same password. Asking again for the same gives the same files.

            Examples:
              gatehouse certs issue com.example.app
              gatehouse certs issue com.example.app --kind universal --out identity
            """
    )

    @OptionGroup
    var options: CertificateOptions

    @Argument(help: ArgumentHelp("The app's bundle identifier.", valueName: "topic"))
    var app: String?

    @Option(help: "The same, by name.")
    var topic: String?

    @Option(help: "Which world it is for. (default: sandbox, unless the kind says otherwise)")
    var environment: PushEnvironment?

    @Option(help: "The shape of the certificate. (default: the environment's usual one)")
    var kind: GatehouseConfiguration.IdentityKind?

    @Option(help: ArgumentHelp("A directory to copy the files to.", valueName: "directory"))
    var out: String?

    @Flag(name: .customLong("modern-p12"), help: "Lock the PKCS#12 file as only newer readers can open it.")
    var isModern = false

    func validate() throws {
        guard (self.app == nil) != (self.topic == nil) else {
            let flaw = self.app == nil ? "Say for which app" : "Name one app"
            throw ValidationError("\(flaw), such as `gatehouse certs issue com.example.app`.")
        }
    }

    func run() throws {
        let order = CertificateTasks.Order(
            topic: self.app ?? self.topic ?? "",
            environment: self.environment,
            kind: self.kind,
            output: self.out,
            isModern: self.isModern
        )
        self.options.write(try CertificateTasks.issue(order, directory: self.options.directory()))
    }
}
