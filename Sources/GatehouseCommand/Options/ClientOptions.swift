import ArgumentParser
import Gatehouse

/// What every command has that asks a running server.
struct ClientOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server's control API: a URL, or host and port.",
            discussion: """
                Otherwise GATEHOUSE_CONTROL_URL or GATEHOUSE_CONTROL, otherwise the server of yours that started last, \
                otherwise http://127.0.0.1:8195.
                """,
            valueName: "url"
        )
    )
    var control: String?

    @Flag(help: "Answer in JSON.")
    var json = false

    func client() throws(GatehouseError) -> ControlClient {
        try ControlClient.find(self.control, variables: CertificateDirectory.processVariables) { Talk.say($0) }
    }
}
