package import PushLedger
package import PushVocabulary

/// A rule that makes the service misbehave on purpose: what it matches, when it fires, what it does.
package struct FaultRule: Hashable, Sendable, Codable {
    package var id: String
    package var match: FaultMatch
    package var trigger: FaultTrigger
    package var action: FaultAction
    /// After which the rule removes itself, product time; `nil`: never. A forgotten fault wastes an afternoon.
    package var timeToLive: Duration?

    package init(
        id: String,
        match: FaultMatch,
        trigger: FaultTrigger = FaultTrigger(),
        action: FaultAction,
        timeToLive: Duration? = nil
    ) {
        self.id = id
        self.match = match
        self.trigger = trigger
        self.action = action
        self.timeToLive = timeToLive
    }
}

/// Where in a connection's life a rule looks.
package enum FaultStage: String, Hashable, Sendable, CaseIterable, Codable {
    /// Nobody has connected yet: such a rule is in force for a time, not asked when something happens.
    case listen
    /// A connection was accepted; not a byte has been read.
    case accept
    /// The TLS server name is known, the certificate not yet.
    case handshake
    /// A provider's handshake is done and its certificate known; not a byte of it has been read.
    case admission
    /// A well-formed frame, before it is judged.
    case frame
    /// An error packet is about to be sent.
    case reply
    /// A feedback list is about to be sent.
    case feedback
    /// A device's message, before it is carried out.
    case courier
}

/// What a rule looks for: the fields that are set must all agree.
package struct FaultMatch: Hashable, Sendable, Codable {
    package var stage: FaultStage
    package var service: PushService?
    package var environment: Environment?
    package var topic: Topic?
    package var token: DeviceToken?
    package var identifier: UInt32?
    package var connection: ConnectionID?
    /// A device's name, at stage `courier`.
    package var device: String?
    /// The command byte of a frame or of a courier message.
    package var command: UInt8?
    /// The priority of a frame: 10 where it has none.
    package var priority: UInt8?
    /// Bytes that stand somewhere in the payload.
    package var payloadContains: [UInt8]?

    package init(stage: FaultStage) {
        self.stage = stage
    }
}

/// When a rule that matches fires. Deterministic first; probability, drawn from the run's seed, last.
package struct FaultTrigger: Hashable, Sendable, Codable {
    /// How often it fires before it is spent; `nil`: without end.
    package var times: Int?
    /// How many matches pass unharmed first.
    package var skipFirst = 0
    /// Of the matches after those, every so manieth.
    package var everyNth = 1
    /// Only in this window of product time, counted from when the rule was added.
    package var window: Range<Duration>?
    /// 0 to 1.
    package var probability = 1.0

    package init(times: Int? = nil) {
        self.times = times
    }
}

/// What a rule does.
package enum FaultAction: Hashable, Sendable, Codable {
    /// Which identifier an error packet carries.
    package enum IdentifierRule: Hashable, Sendable, Codable {
        case own
        case zero
        /// That of the connection's last accepted frame; 0 if none.
        case lastAccepted
        case fixed(UInt32)
    }

    /// Refuses the frame with this status. The connection stays usable if `keepsOpen` (two outliers report that).
    case answer(status: UInt8, identifier: IdentifierRule, keepsOpen: Bool)
    /// Status 10 done right: names the last frame accepted; the matched one and everything later must be sent again.
    case shutdown
    /// Refuses the frame, and says so only after so many more frames have been read.
    case lateAnswer(status: UInt8, afterFrames: Int)
    /// The end of the stream without a word.
    case silentClose
    /// RST: an error packet the client has not read yet is lost.
    case reset
    /// Closes the service's own direction; what the client sends is still taken.
    case halfClose
    /// Does nothing for so long, product time, then goes on.
    case delay(Duration)
    /// Stops reading: the client's writes pile up.
    case stall
    /// Reads on and throws everything away without a word.
    case blackHole
    /// Accepts on the wire, and loses the notification.
    case lose
    /// Closes after so much silence of the provider, product time.
    case closeWhenIdle(Duration)
    /// Writes in pieces of so many bytes, each in a TLS record of its own.
    case split(bytes: Int)
    /// Writes only so many bytes, then closes.
    case truncate(bytes: Int)
    /// Answers the TLS handshake with this fatal alert.
    case alert(UInt8)
    /// Stays silent and open, where the service would have answered or closed.
    case holdOpen
    /// Sends an empty feedback list and keeps the real one.
    case nothing
    /// Passes over a device's message.
    case ignore
    /// Answers a device's Connect with status 2; at stage `listen` refuses every connection, as where nobody listens.
    case refuse

    /// The stages at which this action means something.
    package var stages: Set<FaultStage> {
        switch self {
        case .answer, .shutdown, .lateAnswer, .halfClose, .lose: [.frame]
        case .silentClose, .reset, .delay: Set(FaultStage.allCases).subtracting([.listen])
        case .stall, .blackHole, .closeWhenIdle: [.accept, .handshake, .admission, .frame]
        case .split, .truncate: [.reply, .feedback]
        case .alert: [.handshake]
        case .holdOpen: [.reply, .feedback]
        case .nothing: [.feedback]
        case .ignore: [.courier]
        case .refuse: [.courier, .listen]
        }
    }
}
