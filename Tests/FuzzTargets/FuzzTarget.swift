/// The decoders that meet foreign bytes, as things to throw bytes at. Each run ends the process when something is
/// wrong: by a trap in the decoder, or because what must hold of its answer does not.
///
/// `tools/fuzz` lets libFuzzer loose on them; `FuzzTests` replays the corpora, which hold a few good inputs of each
/// kind and everything that was ever found.
package enum FuzzTarget: String, CaseIterable, Sendable {
    /// The provider's session: frames cut into reads in any way, with refusals anywhere.
    case provider
    /// The courier's frames, messages and session.
    case courier
    /// The two sessions through random events: `FuzzTests` lives some thousand of them.
    case providerEvents = "provider-events"
    case courierEvents = "courier-events"
    case payload
    /// The configuration file, and what a configuration may not be.
    case configuration
    /// Bodies of the HTTP API.
    case http
    /// Certificates of providers and devices.
    case certificate

    package func run(_ bytes: UnsafeRawBufferPointer) {
        var input = FuzzInput(bytes)
        switch self {
        case .provider: FuzzProvider.run(&input)
        case .courier: FuzzCourier.run(&input)
        case .providerEvents: FuzzProviderEvents.run(&input)
        case .courierEvents: FuzzCourierEvents.run(&input)
        case .payload: FuzzPayload.run(bytes)
        case .configuration: FuzzConfiguration.run(bytes)
        case .http: FuzzHTTP.run(bytes)
        case .certificate: FuzzCertificate.run(bytes)
        }
    }
}

/// Bytes that decisions and data are taken from.
struct FuzzInput {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: UnsafeRawBufferPointer) {
        self.rest = Array(bytes)[...]
    }

    /// A decision; 0 when there is nothing left.
    mutating func byte() -> UInt8 { self.rest.popFirst() ?? 0 }

    /// A decision; `nil`: there is nothing left to decide.
    mutating func next() -> UInt8? { self.rest.popFirst() }

    mutating func bytes(_ count: Int) -> [UInt8] {
        let taken = Array(self.rest.prefix(count))
        self.rest = self.rest.dropFirst(count)
        return taken
    }
}
