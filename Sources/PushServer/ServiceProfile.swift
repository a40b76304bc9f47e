package import APNSWire
package import PushIdentity

/// What differed by era or is a matter of strictness: data, not conditionals. The default is what the gateway did
/// from 2014 to 2017. Each choice is described, and can be set alone, by `ServiceProfile.choices`.
package struct ServiceProfile: Hashable, Sendable {
    /// What a command byte that the gateway does not know gets.
    package enum UnknownCommandAnswer: Hashable, Sendable {
        /// TN2265: zero bytes, then end of stream.
        case silence
        /// G18: status 128.
        case protocolError
    }

    /// What a frame gets whose form is right and whose content is not.
    package enum DefectAnswer: Hashable, Sendable {
        /// Accepted on the wire and recorded: no answer was ever reported.
        case record
        case reject(ErrorStatus)
    }

    /// What a command 2 frame with an item standing in it twice gets. No sighting; other fakes differ.
    package enum DuplicateItemAnswer: Hashable, Sendable {
        /// The last one counts, as to the simulator of java-apns; the ledger says so.
        case keepLast
        /// With the identifier read so far; 255 to the mock of pushy.
        case reject(ErrorStatus)
    }

    /// When a feedback list is emptied by a reading. No statement of Apple's exists.
    package enum FeedbackClearing: String, Hashable, Sendable, CaseIterable {
        /// As soon as its bytes have been handed to the socket.
        case onWrite = "on-write"
        /// When the provider has closed its side of TLS properly; otherwise the list stays.
        case afterCleanClose = "after-clean-close"
    }

    /// What the sandbox's feedback service has to say.
    package enum SandboxFeedback: String, Hashable, Sendable, CaseIterable {
        case list
        /// Nothing at all, as often reported (rpush wiki, PushSharp #97); the list is kept.
        case nothing
    }

    package var name: String
    /// The command bytes it knows: 0 from 2009, 1 from 2010, 2 from 2013.
    package var commands: ClosedRange<UInt8> = 0...2
    /// Bytes of a token. Field: always 32; G18 documents up to 100.
    package var tokenSizes: ClosedRange<Int> = 32...32
    /// Bytes of a payload: 256 until 2014, then 2,048 (F: PushSharp #422).
    package var maximumPayloadSize = 2_048
    /// With a VoIP certificate (F: node-apn #207).
    package var maximumVoIPPayloadSize = 4_096
    package var unknownCommand = UnknownCommandAnswer.silence
    /// For an item that stands in a frame twice.
    package var duplicateItem = DuplicateItemAnswer.reject(.protocolError)
    /// For a payload that is no JSON dictionary in UTF-8. Accepted, it is never delivered.
    package var payloadDefect = DefectAnswer.record
    /// For a priority that is neither 5 nor 10. Accepted, it counts as 10.
    package var otherPriority = DefectAnswer.record
    /// G10: zero or below means do not store, so an expiry is read as a signed number.
    package var expiryIsSigned = true
    /// Whether command 2 without item 4 may be stored; pushy guessed that it is not.
    package var storesWithoutExpiry = false
    /// Whether a push whose time has passed gets the one attempt that Apple's text gives to every push.
    package var triesExpired = true
    /// How long a push of priority 5 is held back, product time: Apple says that such may be grouped or delayed.
    package var lowPriorityDelay: Duration = .zero
    /// The longest a notification is kept. Apple, of the later HTTP/2 API: 30 days or less.
    package var maximumStorage: Duration = .seconds(30 * 86_400)
    /// After so many pushes in silence the token of a removed app is refused with 8; `nil`: never.
    package var invalidAfterPushes: Int?
    /// How long an error packet takes, product time. Field: 75 to 411 ms.
    package var replyDelay: Duration = .zero
    package var feedbackClearing = FeedbackClearing.onWrite
    package var sandboxFeedback = SandboxFeedback.list
    package var alerts = ProviderAlerts()
    /// Whether the ledger marks what is accepted although the gateway of 2014 would have refused it.
    package var marksTolerance = true

    package init(name: String) {
        self.name = name
    }

    /// The sizes the gateway takes from a provider with such an identity.
    package func frameLimits(for kind: IdentityKind?) -> FrameLimits {
        let maximum = kind == .voip ? self.maximumVoIPPayloadSize : self.maximumPayloadSize
        return FrameLimits(
            tokenSizes: self.tokenSizes,
            payloadSizes: 1...maximum,
            keepsLastOfDuplicates: self.duplicateItem == .keepLast
        )
    }

    /// The status of a frame whose form is wrong.
    func status(of rejection: FrameRejection) -> ErrorStatus {
        if case .duplicateItem = rejection.reason, case .reject(let status) = self.duplicateItem { return status }
        return rejection.status
    }

    func session(for kind: IdentityKind?) -> ProviderSession {
        ProviderSession(limits: self.frameLimits(for: kind), commands: self.commands)
    }

    // MARK: - By name

    package static let standard = ServiceProfile(name: "2014")

    package static let all: [ServiceProfile] = [
        Self.variant("2009") {
            $0.commands = 0...0
            $0.limitPayloads(to: 256)
        },
        Self.variant("2010") {
            $0.commands = 0...1
            $0.limitPayloads(to: 256)
        },
        Self.variant("2013") { $0.limitPayloads(to: 256) },
        .standard,
        Self.variant("voip") {
            $0.limitPayloads(to: 4_096)
            $0.marksTolerance = false
        },
        Self.variant("late") { $0.unknownCommand = .protocolError },
        Self.variant("strict") {
            $0.unknownCommand = .protocolError
            $0.payloadDefect = .reject(.processingError)
            $0.otherPriority = .reject(.protocolError)
            $0.triesExpired = false
            $0.invalidAfterPushes = 1
        },
        Self.variant("lenient") {
            $0.tokenSizes = 1...100
            $0.limitPayloads(to: 4_096)
            $0.duplicateItem = .keepLast
            $0.storesWithoutExpiry = true
        },
    ]

    package static func named(_ name: String) -> ServiceProfile? { self.all.first { $0.name == name } }

    private static func variant(_ name: String, _ change: (inout ServiceProfile) -> Void) -> ServiceProfile {
        var profile = ServiceProfile(name: name)
        change(&profile)
        return profile
    }

    private mutating func limitPayloads(to count: Int) {
        self.maximumPayloadSize = count
        self.maximumVoIPPayloadSize = count
    }
}

/// The TLS alerts by which a provider's certificate is refused (RFC 5246, section 7.2).
package struct ProviderAlerts: Hashable, Sendable {
    /// TN2265: 44. Others saw 46 (node-apn #335, #446, pushy #53).
    package var wrongEnvironment = ProviderAdmission.Alert.certificateRevoked
    /// java-apns #41, #353: 45. From 2016 the sandbox gave 80 (NotificationPusher #133, apns4erl #118).
    package var expired = ProviderAdmission.Alert.certificateExpired
    /// rpush PR #68: 44.
    package var revoked = ProviderAdmission.Alert.certificateRevoked
    /// One report: 40 (ejabberd_mod_apns #21).
    package var noCertificate = ProviderAdmission.Alert.handshakeFailure

    package init() {}
}
