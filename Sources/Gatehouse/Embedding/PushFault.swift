import ControlAPI
import PushServer

/// Something that a running Gatehouse is to do wrong on purpose: what, and to whom.
///
/// ```swift
/// try await gatehouse.inject(PushFault(.answer(8), topic: app.topic, times: 1))
/// ```
public struct PushFault: Hashable, Sendable {
    /// What goes wrong. Everything that the command line can write is possible; the usual ones have names here.
    public struct Action: Hashable, Sendable, ExpressibleByStringLiteral {
        /// As `gatehouse fault add` takes it, such as `answer:8:zero`.
        public let text: String

        public init(_ text: String) {
            self.text = text
        }

        public init(stringLiteral text: String) {
            self.text = text
        }

        /// The frame is refused with this status, and the connection ends.
        public static func answer(_ status: UInt8) -> Action { Action("answer:\(status)") }
        /// The frame is refused, and that is said only when so many more frames have been read.
        public static func lateAnswer(_ status: UInt8, after frames: UInt32) -> Action {
            Action("late-answer:\(status):\(frames)")
        }
        /// Nothing happens for so long, product time; then all goes on.
        public static func delay(_ duration: Duration) -> Action { Action("delay:\(duration.milliseconds)ms") }
        /// Status 10, which names the last frame accepted.
        public static let shutdown: Action = "shutdown"
        /// The end of the stream without a word.
        public static let close: Action = "close"
        /// RST: an error packet the provider has not read yet is lost.
        public static let reset: Action = "reset"
        /// Accepted on the wire, and lost.
        public static let lose: Action = "lose"
        /// Everything more is thrown away without a word.
        public static let blackHole: Action = "black-hole"
        /// With stage ``Stage/listen``: connecting is refused, as where nobody listens.
        public static let refuse: Action = "refuse"
    }

    /// Where in a connection's life a fault strikes.
    public enum Stage: String, CaseIterable, Codable, Hashable, Sendable {
        case listen
        case accept
        case handshake
        case admission
        case frame
        case reply
        case feedback
        case courier
    }

    public var action: Action
    /// `nil`: the action's usual one.
    public var stage: Stage?
    /// Only providers whose certificate has this topic.
    public var topic: String?
    /// Only this device token, in hexadecimal.
    public var token: String?
    /// Only this identifier of a frame.
    public var identifier: UInt32?
    /// How often it strikes; `nil`: without end.
    public var times: Int?
    /// How many matches pass unharmed first.
    public var skipFirst: Int?

    public init(
        _ action: Action,
        stage: Stage? = nil,
        topic: String? = nil,
        token: String? = nil,
        identifier: UInt32? = nil,
        times: Int? = nil,
        skipFirst: Int? = nil
    ) {
        self.action = action
        self.stage = stage
        self.topic = topic
        self.token = token
        self.identifier = identifier
        self.times = times
        self.skipFirst = skipFirst
    }
}

/// A fault rule in force.
public struct PushFaultReport: Hashable, Sendable {
    public let id: String
    /// How often it matched.
    public let matches: Int
    /// How often it struck.
    public let hits: Int
    /// How often it may still strike; `nil`: without end.
    public let remaining: Int?

    init(_ entry: FaultPlan.Entry) {
        self.id = entry.rule.id
        self.matches = entry.matches
        self.hits = entry.hits
        self.remaining = entry.remaining
    }
}
