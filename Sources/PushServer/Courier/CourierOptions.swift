/// What may be chosen about the courier.
package struct CourierOptions: Hashable, Sendable {
    package var credentials: CredentialsPolicy
    /// Silence after which a device's connection is closed, product time; `nil`: never. The real timeout is unknown;
    /// a real device's interval may reach an hour.
    package var idleTimeout: Duration?

    package init(credentials: CredentialsPolicy = .verify, idleTimeout: Duration? = .seconds(65 * 60)) {
        self.credentials = credentials
        self.idleTimeout = idleTimeout
    }
}
