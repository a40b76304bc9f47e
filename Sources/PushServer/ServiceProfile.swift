package import APNSWire
package import PushIdentity

/// What differed by era or is a matter of strictness: data, not conditionals. The default is what the gateway did
/// from 2014 to 2017.
package struct ServiceProfile: Hashable, Sendable {
    /// What a command byte other than 0, 1 and 2 gets.
    package enum UnknownCommandAnswer: Hashable, Sendable {
        /// TN2265: zero bytes, then end of stream.
        case silence
        /// G18: status 128.
        case protocolError
    }

    /// What a payload gets that is no JSON dictionary in UTF-8.
    package enum PayloadDefectAnswer: Hashable, Sendable {
        /// Accepted on the wire, never delivered, recorded: no answer was ever reported.
        case record
        case reject(ErrorStatus)
    }

    package var name: String
    /// Bytes of a token. Field: always 32; G18 documents up to 100.
    package var tokenSizes: ClosedRange<Int> = 32...32
    /// Bytes of a payload: 256 until 2014, then 2,048 (F: PushSharp #422).
    package var maximumPayloadSize = 2_048
    /// With a VoIP certificate (F: node-apn #207).
    package var maximumVoIPPayloadSize = 4_096
    package var unknownCommand = UnknownCommandAnswer.silence
    package var payloadDefect = PayloadDefectAnswer.record
    /// G10: zero or below means do not store, so an expiry is read as a signed number.
    package var expiryIsSigned = true
    /// Whether command 2 without item 4 may be stored; pushy guessed that it is not.
    package var storesWithoutExpiry = false
    /// The longest a notification is kept. Apple, of the later HTTP/2 API: 30 days or less.
    package var maximumStorage: Duration = .seconds(30 * 86_400)

    package static let standard = ServiceProfile(name: "2014")

    /// The sizes the gateway takes from a provider with such an identity.
    package func frameLimits(for kind: IdentityKind?) -> FrameLimits {
        let maximum = kind == .voip ? self.maximumVoIPPayloadSize : self.maximumPayloadSize
        return FrameLimits(tokenSizes: self.tokenSizes, payloadSizes: 1...maximum)
    }

    // MARK: - By name

    package static let all: [ServiceProfile] = [
        .standard,
        ServiceProfile(name: "2010", maximumPayloadSize: 256, maximumVoIPPayloadSize: 256),
        ServiceProfile(name: "late", unknownCommand: .protocolError),
        ServiceProfile(name: "strict", unknownCommand: .protocolError, payloadDefect: .reject(.processingError)),
    ]

    package static func named(_ name: String) -> ServiceProfile? { self.all.first { $0.name == name } }
}
