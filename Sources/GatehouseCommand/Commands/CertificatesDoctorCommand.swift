import ArgumentParser
import Gatehouse

struct CertificatesDoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at every file of a directory of certificates, and say what to do about the bad ones.",
        discussion: "Changes nothing. Ends with 1 when something is bad."
    )

    @OptionGroup
    var options: CertificateOptions

    func run() throws {
        let examination = try CertificateTasks.examine(directory: self.options.directory())
        self.options.write(examination.answer)
        if !examination.isSound { throw ExitCode(GatehouseError.Category.notSatisfied.rawValue) }
    }
}
