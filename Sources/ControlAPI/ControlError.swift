package import MockDevice
package import PushIdentity
package import PushServer

/// Why something asked of the service by a control call cannot be done.
package struct ControlError: Error, Hashable, Sendable {
    package enum Code: String, Hashable, Sendable, CaseIterable {
        case malformedRequest = "malformed-request"
        case malformedJSON = "malformed-json"
        case unknownField = "unknown-field"
        case unknownParameter = "unknown-parameter"
        /// The request does not bear the token that the server was started with.
        case unauthorized
        case forbiddenHost = "forbidden-host"
        case forbiddenOrigin = "forbidden-origin"
        case notFound = "not-found"
        case methodNotAllowed = "method-not-allowed"
        case notAcceptable = "not-acceptable"
        case nameTaken = "name-taken"
        case tokenTaken = "token-taken"
        case wrongState = "wrong-state"
        /// It was kept once and has aged out.
        case pruned
        /// A reset removed it.
        case forgotten
        case contentTooLarge = "content-too-large"
        case unsupportedMediaType = "unsupported-media-type"
        case validationFailed = "validation-failed"
        case internalError = "internal-error"
        case starting
        case stopping
        case requestTimeout = "request-timeout"
        case headersTooLarge = "headers-too-large"
        case tooManyConnections = "too-many-connections"
        case tooManyStreams = "too-many-streams"
        /// A device, or the service's view of it, did not come to where it was to be in time.
        case timedOut = "timed-out"
        /// What was asked for may be done, and cannot be told before it is in the state file.
        case stateNotWritten = "state-not-written"
    }

    /// One place that is wrong.
    package struct Place: Hashable, Sendable {
        package enum Location: Hashable, Sendable {
            /// A JSON pointer (RFC 6901) into the body.
            case pointer(String)
            /// The name of a query parameter.
            case parameter(String)
        }

        package let location: Location
        package let detail: String

        package init(_ location: Location, _ detail: String) {
            self.location = location
            self.detail = detail
        }
    }

    package var code: Code
    /// What is wrong in this case.
    package var detail: String
    /// What to do next.
    package var hint: String?
    package var places: [Place]

    package init(_ code: Code, _ detail: String, hint: String? = nil, places: [Place] = []) {
        self.code = code
        self.detail = detail
        self.hint = hint
        self.places = places
    }

    /// A value that is not as it has to be.
    package static func invalid(_ location: Place.Location, _ detail: String, hint: String? = nil) -> ControlError {
        let name =
            switch location {
            case .pointer(let pointer): pointer.isEmpty ? "the body" : pointer
            case .parameter(let name): "the parameter \(name)"
            }
        return ControlError(
            .validationFailed,
            "\(name): \(detail)",
            hint: hint,
            places: [Place(location, detail)]
        )
    }

    static let stopping = ControlError(.stopping, "the service is stopping")
}

extension ControlError: CustomStringConvertible {
    package var description: String { self.hint.map { "\(self.detail). \($0)" } ?? self.detail }
}

extension ControlError.Code {
    /// The HTTP status it is answered with.
    package var status: Int {
        switch self {
        case .malformedRequest, .malformedJSON, .unknownField, .unknownParameter: 400
        case .unauthorized: 401
        case .forbiddenHost, .forbiddenOrigin: 403
        case .notFound: 404
        case .methodNotAllowed: 405
        case .notAcceptable: 406
        case .requestTimeout: 408
        case .nameTaken, .tokenTaken, .wrongState: 409
        case .pruned, .forgotten: 410
        case .contentTooLarge: 413
        case .unsupportedMediaType: 415
        case .validationFailed: 422
        case .headersTooLarge: 431
        case .internalError: 500
        case .starting, .stopping, .tooManyConnections, .tooManyStreams, .stateNotWritten: 503
        case .timedOut: 504
        }
    }

    /// The same in every case.
    package var title: String {
        switch self {
        case .malformedRequest: "The request is malformed"
        case .malformedJSON: "The body is not JSON"
        case .unknownField: "The body has a field that does not exist"
        case .unknownParameter: "The query has a parameter that does not exist"
        case .unauthorized: "The request does not bear the server's token"
        case .forbiddenHost: "The request was made under a foreign host name"
        case .forbiddenOrigin: "The request comes from a foreign web page"
        case .notFound: "There is no such thing"
        case .methodNotAllowed: "The method does not fit the path"
        case .notAcceptable: "None of the types asked for can be answered"
        case .nameTaken: "The name is taken"
        case .tokenTaken: "The token belongs to another device"
        case .wrongState: "Not possible in the present state"
        case .pruned: "It has aged out"
        case .forgotten: "A reset removed it"
        case .contentTooLarge: "The body is too large"
        case .unsupportedMediaType: "The body's type is not supported"
        case .validationFailed: "A value is not as it has to be"
        case .internalError: "A mistake of Gatehouse"
        case .starting: "The service is starting"
        case .stopping: "The service is stopping"
        case .requestTimeout: "The request took too long to arrive"
        case .headersTooLarge: "The headers are too large"
        case .tooManyConnections: "Too many connections are open"
        case .tooManyStreams: "Too many event streams are open"
        case .timedOut: "It took too long"
        case .stateNotWritten: "The state file cannot be written"
        }
    }
}

extension ControlError {
    package init(_ error: DeviceFleetError) {
        switch error {
        case .unknownDevice, .unknownApp, .unknownFleet: self.init(.notFound, error.description)
        case .nameTaken, .fleetTaken: self.init(.nameTaken, error.description)
        case .unusableName: self.init(.validationFailed, error.description)
        case .timedOut: self.init(.timedOut, error.description)
        case .courierUnavailable: self.init(.wrongState, error.description)
        }
    }

    package init(_ error: IdentityStoreError) {
        self.init(.wrongState, "\(error.path): \(error.problem)", hint: error.advice)
    }

    package init(_ error: StateNotWritten) {
        self.init(
            .stateNotWritten,
            error.description,
            hint: "Make room, or the file writable: it is tried again twice a second, and nothing has been lost."
        )
    }

    package init(_ error: BrokerHost.ProvisionError) {
        switch error {
        case .nameTaken(let name):
            self.init(
                .nameTaken,
                "\(name) is a device of the other environment",
                hint: "Delete it first, or choose another name."
            )
        case .baseTokenTaken(let token, by: let holder):
            self.init(
                .tokenTaken,
                "the base token \(token) does not fit: \(holder) is known with this one or with another",
                hint: "Leave the base token out, or delete \(holder) first."
            )
        case .tokenTaken(let token, by: let holder):
            self.init(
                .tokenTaken,
                "the token \(token) already belongs to this app on \(holder)",
                hint: "Leave the token out to have one made."
            )
        }
    }
}
