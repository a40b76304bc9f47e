import ArgumentParser
import Gatehouse

/// Where a provider connects to, and as whom. What is left out is asked of the running server.
struct ProviderOptions: ParsableArguments {
    @Option(help: "The app to push to: chooses the identity.")
    var topic: String?

    @Option(help: "Which world. (default: sandbox, where it is served)")
    var environment: PushEnvironment?

    @Option(help: ArgumentHelp("The gateway, when it is not the running server's.", valueName: "host:port"))
    var gateway: String?

    @Option(help: ArgumentHelp("The feedback service, when it is not the running server's.", valueName: "host:port"))
    var feedback: String?

    @Option(help: ArgumentHelp("The certificate to show, PEM; its key may be in the same file.", valueName: "file"))
    var cert: String?

    @Option(help: ArgumentHelp("The certificate's key, PEM.", valueName: "file"))
    var key: String?

    @Option(help: ArgumentHelp("The authority to trust, PEM.", valueName: "file"))
    var ca: String?

    var wishes: ProviderAccess.Wishes {
        ProviderAccess.Wishes(
            topic: self.topic,
            environment: self.environment,
            gateway: self.gateway,
            feedback: self.feedback,
            certificate: self.cert,
            key: self.key,
            authority: self.ca
        )
    }

    func access(_ client: ClientOptions, needs service: ProviderAccess.Service) async throws -> ProviderAccess {
        try await ProviderAccess(self.wishes, needs: service, client: client.client())
    }
}
