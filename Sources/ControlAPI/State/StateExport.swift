import PushBroker
package import PushServer
package import PushVocabulary

/// What a service is made of, as one document: `GET` and `PUT /v1/state`, `gatehouse state`.
///
/// Its seed (identities, devices, faults) has the shape of the configuration file, so that the document can be one.
/// Beside it stands what has accumulated. Importing makes what the document names and leaves alone what it does not:
/// importing it again changes nothing.
package struct StateExport: Hashable, Sendable {
    /// The form of the document. A later form is another number, and still read.
    package static let version = 1

    package struct Identity: Hashable, Sendable {
        package var topic: Topic
        package var environment: Environment
    }

    package var identities: [Identity] = []
    package var devices: [DeviceSpecification] = []
    package var faults: [FaultRule] = []
    package var accumulated = AccumulatedState()

    package init() {}
}
