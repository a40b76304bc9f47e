package import PushIdentity

/// Gives each device of a fleet its certificate. Stands for the authority that activates devices; the courier asks for
/// no chain.
package struct DeviceIssuer: Sendable {
    private let activation: CertificateAuthority
    private let deviceKey: PrivateKey

    /// - Parameter deviceKey: an RSA key that all devices share.
    package init(deviceKey: PrivateKey) throws(IdentityError) {
        self.activation = try CertificateAuthority.create(commonName: "Gatehouse Device Activation", key: deviceKey)
        self.deviceKey = deviceKey
    }

    /// A certificate for a device of this name.
    func identity(named name: String) throws(IdentityError) -> Identity {
        try self.activation.issueDevice(commonName: name, key: self.deviceKey)
    }
}
