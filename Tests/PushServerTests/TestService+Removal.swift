import PushBroker
import PushLedger
import PushServer
import PushVocabulary
import ServiceTestSupport

extension TestService {
    /// Has the service learn that an app with this token is gone, without a phone's doing.
    func removeApp(of token: DeviceToken) async throws {
        try await self.server.perform { host in
            let views = host.broker.deviceViews
            guard let device = views.first(where: { $0.apps.contains { $0.token == token } }),
                let app = device.apps.first(where: { $0.token == token })
            else { throw TestServiceError.timedOut }
            host.filtered(device.id, lists: [:], removed: [app.topicHash])
            host.settle()
        }
    }
}

extension TestService {
    /// Waits until the newest connection to a service has ended in every sense.
    func lastConnectionHasEnded(of kind: PushService) async throws {
        let deadline = ContinuousClock.now + .patience
        while try await self.server.perform({ $0.ledger.connections(service: kind).last?.isOpen }) != false {
            guard ContinuousClock.now < deadline else { throw TestServiceError.timedOut }
            await Task.yield()
        }
    }
}
