import MockProvider
import NIOCore
import NIOPosix
import PushIdentity
import PushTransport

/// A guided tour: four situations on a real service with a real phone, told in words, each checked against the ledger.
package struct DemoTour: Sendable {
    static let phone = GatehouseConfiguration.demoPhone
    static let topic = GatehouseConfiguration.demoTopic
    static let otherTopic = "com.example.chat"

    let gatehouse: Gatehouse
    let provider: ProviderClient
    /// The token of `topic` on the phone.
    let token: String
    let tell: @Sendable (String) -> Void

    /// Takes the whole tour. Nothing of it is left behind.
    ///
    /// - Parameter tell: gets the text, in pieces of whole lines.
    /// - Throws: `GatehouseError`; of category `internalFault` when what the tour shows is not true.
    package static func run(_ tell: @escaping @Sendable (String) -> Void) async throws(GatehouseError) {
        let directory = try FileSystem.makeTemporaryDirectory(prefix: "gatehouse-demo")
        defer { FileSystem.removeTree(directory) }
        var configuration = GatehouseConfiguration.onFreePorts
        configuration.certificates = directory
        configuration.identities = [.init(topic: Self.topic)]
        configuration.devices = [
            .init(name: Self.phone, apps: [.init(topic: Self.topic), .init(topic: Self.otherTopic)])
        ]
        let gatehouse = try await Gatehouse.start(configuration)
        do throws(GatehouseError) {
            let tour = try await DemoTour(gatehouse, tell)
            try await tour.walk()
        } catch {
            await gatehouse.stop()
            throw error
        }
        await gatehouse.stop()
    }

    private init(_ gatehouse: Gatehouse, _ tell: @escaping @Sendable (String) -> Void) async throws(GatehouseError) {
        let app = try await gatehouse.device(Self.phone).apps.first { $0.topic == Self.topic }
        guard let app, let identity = gatehouse.identities.first, let gateway = gatehouse.gateway(),
            let feedback = gatehouse.feedback()
        else { throw GatehouseError(.internalFault, "The demo has no phone, no identity or no service.") }
        self.gatehouse = gatehouse
        self.token = app.token
        self.tell = tell
        do {
            self.provider = try ProviderClient(
                gateway: ServiceAddress(host: gateway.host, port: gateway.port),
                feedback: ServiceAddress(host: feedback.host, port: feedback.port),
                identity: Identity(
                    certificate: Certificate(pem: FileSystem.text(of: identity.certificateFile) ?? ""),
                    privateKey: PrivateKey(pem: FileSystem.text(of: identity.keyFile) ?? "")
                ),
                authority: Certificate(pem: FileSystem.text(of: gatehouse.authorityFile) ?? ""),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton
            )
        } catch {
            throw GatehouseError(.internalFault, "The demo's provider cannot use its identity: \(error)")
        }
    }

    private func walk() async throws(GatehouseError) {
        self.introduce()
        try await self.showDelivery()
        try await self.showTheLostTail()
        try await self.showTheSlot()
        try await self.showFeedback()
        try await self.conclude()
    }

    private func introduce() {
        self.tell(
            """
            Gatehouse: a guided tour

            Three parties: a provider is a program that sends push notifications. The gateway is the service
            it sends them to. A phone keeps a connection to that service and receives them. This tour runs
            all three for real, over TLS on free ports of this machine, and asks the ledger after each step
            what happened. (TN2265 is Apple's Technical Note on troubleshooting push notifications.)

              gateway   \(self.gatehouse.gateway()?.description ?? "")
              phone     \(Self.phone), connected, with the apps \(Self.topic) and \(Self.otherTopic)

            """
        )
    }

    private func conclude() async throws(GatehouseError) {
        let counters = try await self.gatehouse.counters()
        try self.check(counters.addUp, "the counters add up")
        self.tell(
            """
            That was everything: \(counters.received) notifications came in, \(counters[.accepted]) were accepted, \
            \(counters[.rejected]) rejected and \(counters[.discarded]) discarded.
            Of the accepted, \(counters[.delivered]) were delivered, \(counters[.coalesced]) coalesced and \
            \(counters[.undeliverable]) undeliverable. Those numbers always add up.

            Next: `gatehouse serve` keeps it running for your own provider, and prints a command to try.
            """
        )
    }

    // MARK: - Tools of the steps

    /// - Throws: `GatehouseError` when something the tour is about to say is not so.
    func check(_ isTrue: Bool, _ claim: String) throws(GatehouseError) {
        if isTrue { return }
        throw GatehouseError(
            .internalFault,
            "The tour ends here: it was to show that \(claim), and that is not so. This is a mistake of Gatehouse; please"
                + " report it."
        )
    }

    /// What the provider's side threw, which in this tour nobody provoked.
    func unexpected<Result>(_ body: () async throws -> Result) async throws(GatehouseError) -> Result {
        do {
            return try await body()
        } catch {
            throw GatehouseError(.internalFault, "The tour's provider ran into something unexpected: \(error)")
        }
    }

    /// Waits for a fate that is to come.
    func wait(
        for query: NotificationQuery,
        count: Int = 1,
        after cursor: String,
        _ claim: String
    ) async throws(GatehouseError) -> [NotificationReport] {
        let report = try await self.gatehouse.wait(for: query, count: count, after: cursor, timeout: .seconds(10))
        try self.check(report.satisfied, claim)
        return report.notifications
    }
}
