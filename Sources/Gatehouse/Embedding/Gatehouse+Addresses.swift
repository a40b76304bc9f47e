import ControlAPI

/// What a client has to know: the ready record in Swift.
extension Gatehouse {
    /// A provider identity and the absolute paths of its files.
    public struct Identity: Hashable, Sendable {
        public let topic: String
        public let environment: PushEnvironment
        /// The certificate, PEM.
        public let certificateFile: String
        /// Its key, PEM.
        public let keyFile: String
        /// Both in one file, PEM.
        public let pemFile: String
        /// Both, locked with ``p12Password``.
        public let p12File: String
        public let p12Password: String

        init(_ record: ReadyRecord.Identity) {
            self.topic = record.topic
            self.environment = PushEnvironment(record.environment)
            self.certificateFile = record.certFile
            self.keyFile = record.keyFile
            self.pemFile = record.pemFile
            self.p12File = record.p12File
            self.p12Password = record.p12Password
        }
    }

    /// The ready record: one line of JSON.
    public var readyLine: String { self.readyRecord.line }

    /// The control API's URL, without a slash at the end.
    public var controlURL: String { self.readyRecord.control }

    /// The certificate a client has to trust, PEM.
    public var authorityFile: String { self.readyRecord.caFile }

    /// Those that were there at start.
    public var identities: [Identity] { self.readyRecord.identities.map { Identity($0) } }

    /// Where the gateway listens; `nil` for an environment that is not served.
    public func gateway(_ environment: PushEnvironment = .sandbox) -> GatehouseConfiguration.Address? {
        self.address(environment, \.gateway)
    }

    /// Where the feedback service listens; `nil` for an environment that is not served.
    public func feedback(_ environment: PushEnvironment = .sandbox) -> GatehouseConfiguration.Address? {
        self.address(environment, \.feedback)
    }

    /// Where devices connect; `nil` for an environment that is not served.
    public func courier(_ environment: PushEnvironment = .sandbox) -> GatehouseConfiguration.Address? {
        self.address(environment, \.courier)
    }

    private func address(
        _ environment: PushEnvironment,
        _ service: KeyPath<ReadyRecord.Services, ReadyRecord.Address>
    ) -> GatehouseConfiguration.Address? {
        self.readyRecord.environments[environment.rawValue].map {
            GatehouseConfiguration.Address(host: $0[keyPath: service].host, port: $0[keyPath: service].port)
        }
    }
}
