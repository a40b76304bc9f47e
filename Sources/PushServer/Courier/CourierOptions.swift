import PushTransport

/// What may be chosen about the courier.
package struct CourierOptions: Hashable, Sendable {
    package var credentials: CredentialsPolicy
    package var authentication = CourierAuthentication.connect
    package var tokens = PresentedTokenPolicy.adopt
    package var tokenEcho = TokenEcho.always
    /// Protocol names that may be agreed on in TLS, the preferred first; none: TLS agrees on nothing, as before iOS 10.
    package var protocols = TLSContexts.courierProtocols
    /// Silence after which a device's connection is closed, product time; `nil`: never. The real timeout is unknown;
    /// a real device's interval may reach an hour.
    package var idleTimeout: Duration?

    package init(credentials: CredentialsPolicy = .verify, idleTimeout: Duration? = .seconds(65 * 60)) {
        self.credentials = credentials
        self.idleTimeout = idleTimeout
    }
}

/// Where a device shows who it is.
package enum CourierAuthentication: String, Hashable, Sendable, CaseIterable, Codable {
    /// In its Connect message, as since iOS 10.2.1 ("v3"): certificates no longer cross the wire in the clear.
    case connect
    /// In TLS, by a client certificate, as before ("v2" and older). A device that shows none is asked for its proof in
    /// Connect all the same.
    case tls
}

/// What becomes of a base token that a device presents and this service does not know, or knows as another's.
package enum PresentedTokenPolicy: String, Hashable, Sendable, CaseIterable, Codable {
    /// A token that nobody has is taken over with its device; another's is refused with status 2.
    case adopt
    /// Only tokens given out here: others are refused with status 2, upon which a real device comes back without.
    case strict
    /// Whatever is not right is answered with status 0 and the right one, or a new one.
    case reissue
}

/// When the answer to Connect tells the base token.
package enum TokenEcho: String, Hashable, Sendable, CaseIterable, Codable {
    /// Always: the only choice that suits every client seen.
    case always
    /// Only when it is not the one presented, as the real service was seen to do.
    case changed
}
