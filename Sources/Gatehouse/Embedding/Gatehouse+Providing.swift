import ControlAPI
import MockProvider
import NIOCore
import PushIdentity
import PushLedger
import PushVocabulary

/// What a provider does, for tests that have none of their own at hand.
extension Gatehouse {
    /// Real time in which a server has looked at what was sent, however busy it is.
    private static let judging: Duration = .seconds(10)

    /// Issues the identity of a provider for a topic, or finds the one that was issued before.
    ///
    /// - Parameters:
    ///   - topic: the app's bundle identifier.
    ///   - environment: the world it is for.
    ///   - kind: `nil`: the environment's usual one.
    /// - Throws: `GatehouseError` for a kind that the environment does not accept, or a file that cannot be written.
    public func issueIdentity(
        for topic: String,
        environment: PushEnvironment = .sandbox,
        kind: GatehouseConfiguration.IdentityKind? = nil
    ) throws(GatehouseError) -> Identity {
        if topic.isEmpty { throw GatehouseError(.usage, "An identity needs a topic, such as com.example.app.") }
        do throws(ControlError) {
            let issued = try self.operations.issueIdentity(
                for: Topic(topic),
                environment: environment.environment,
                kind: kind?.identityKind
            )
            return Identity(issued.identity)
        } catch {
            let category: GatehouseError.Category = error.code == .validationFailed ? .usage : .unavailable
            throw GatehouseError(category, "\(error)")
        }
    }

    /// Pushes an alert to an app as a well-behaved provider does, on a connection of its own over TLS.
    ///
    /// - Returns: the notification as it stands when the gateway has judged it. It may not be delivered yet.
    @discardableResult
    public func push(_ alert: String, to app: TestApp) async throws(GatehouseError) -> NotificationReport {
        let payload: JSONValue = ["aps": ["alert": .string(alert)]]
        return try await self.push(payload: payload.bytes, to: app)
    }

    /// Pushes these bytes to an app, whatever they are.
    ///
    /// - Parameters:
    ///   - payload: JSON, usually; what the gateway makes of something else may be the question.
    ///   - app: whose identity and token are used.
    ///   - token: another one than the app's, in hexadecimal.
    ///   - identifier: `nil`: a random one.
    ///   - priority: `nil`: the frame has none.
    /// - Returns: as for an alert.
    @discardableResult
    public func push(
        payload: [UInt8],
        to app: TestApp,
        token: String? = nil,
        identifier: UInt32? = nil,
        priority: UInt8? = nil
    ) async throws(GatehouseError) -> NotificationReport {
        let request = try PushRequest(
            token: token ?? app.token,
            payload: payload,
            identifier: identifier,
            now: self.operations.clock.now,
            priority: priority
        )
        let start = try await self.cursor()
        let access = try await self.access(of: app, to: .gateway)
        let connection: ProviderConnection
        do {
            connection = try await access.provider.connect()
            try await connection.send([request.notification])
        } catch {
            throw access.failure(error)
        }
        let query = NotificationQuery(token: request.token, identifier: request.identifier)
        let seen: WaitReport
        do throws(GatehouseError) {
            seen = try await self.wait(for: query, after: start, timeout: Self.judging)
        } catch {
            await connection.leave()
            throw error
        }
        await connection.leave()
        guard let report = seen.notifications.first else {
            throw GatehouseError(.notSatisfied, "The gateway did not take the push: a fault may have swallowed it.")
        }
        return report
    }

    /// Reads the feedback of an app as its provider does, which empties the list.
    ///
    /// - Returns: the tokens, in lowercase hexadecimal, in the order of the times since when their apps are gone.
    public func readFeedback(of app: TestApp) async throws(GatehouseError) -> [String] {
        let access = try await self.access(of: app, to: .feedback)
        do {
            return try await access.provider.readFeedback().map(\.token.hexadecimal)
        } catch {
            throw access.failure(error)
        }
    }

    private func access(
        of app: TestApp,
        to service: ProviderAccess.Service
    ) async throws(GatehouseError) -> ProviderAccess {
        guard let gateway = self.gateway(app.environment), let feedback = self.feedback(app.environment) else {
            throw GatehouseError(.usage, "\(app.environment.rawValue) is not served.")
        }
        let wishes = ProviderAccess.Wishes(
            topic: app.topic,
            gateway: gateway.description,
            feedback: feedback.description,
            certificate: app.identity.certificateFile,
            key: app.identity.keyFile,
            authority: self.authorityFile
        )
        return try await ProviderAccess(
            wishes,
            needs: service,
            client: try ControlClient(self.controlURL, token: self.adminToken)
        )
    }
}
