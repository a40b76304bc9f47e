import ControlAPI
import Logging
import PushBroker
import PushLedger
import PushVocabulary

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What a server says on standard error, a line each: to people as text, to machines as JSON objects. Every line about a
/// notification or a connection has its id.
package struct ServerLog: Sendable {
    private let format: GatehouseConfiguration.LogFormat
    private let level: GatehouseConfiguration.LogLevel

    package init(_ configuration: GatehouseConfiguration) {
        let isTerminal = isatty(STDERR_FILENO) == 1
        self.format = configuration.logFormat ?? (isTerminal ? .text : .json)
        self.level = configuration.logLevel ?? (isTerminal ? .info : .error)
    }

    /// Says something that is no event, whatever the level.
    package func say(_ text: String, level: GatehouseConfiguration.LogLevel = .info) {
        switch self.format {
        case .text: Self.write(text)
        case .json: self.write(level, at: ProductClock.systemNow(), [], message: text)
        }
    }

    /// Tells what has happened and what happens, until the service stops.
    package func follow(_ gatehouse: Gatehouse) {
        // Nobody reads along where nothing would be told: that costs the services nothing.
        guard self.level != .error else { return }
        let types = EventType.allCases.filter { $0.level >= self.level }
        Task {
            try await gatehouse.operations.streamEvents(from: .oldest, matching: EventFilter(types: Set(types))) {
                piece in
                switch piece {
                case .events(let reports): for report in reports { self.tell(report) }
                case .resync(_, _, .missed(let count)):
                    self.say("\(count) events came too fast to be told of.", level: .warning)
                case .resync, .hello, .heartbeat: break
                }
            }
        }
    }

    private func tell(_ report: EventReport) {
        guard report.level >= self.level else { return }
        switch self.format {
        case .text:
            let ids = [report.connectionID?.description, report.notificationID?.description].compactMap(\.self)
            Self.write((ids + [report.sentence]).joined(separator: " "))
        case .json:
            var members = [JSONValue.Member("event", .string(report.type.rawValue))]
            if let id = report.connectionID { members.append(.init("connectionId", .string(id.description))) }
            if let id = report.notificationID { members.append(.init("notificationId", .string(id.description))) }
            self.write(report.level, at: report.at, members + report.details, message: report.sentence)
        }
    }

    private func write(
        _ level: GatehouseConfiguration.LogLevel,
        at time: Instant,
        _ members: [JSONValue.Member],
        message: String
    ) {
        let head = [
            JSONValue.Member("at", .string(time.description)), JSONValue.Member("level", .string(level.rawValue)),
        ]
        Self.write(JSONValue.object(head + members + [JSONValue.Member("message", .string(message))]).description)
    }

    /// For the parts that have nothing to tell but what should not have happened.
    var logger: Logger {
        var logger = Logger(label: "gatehouse.control") { _ in Handler(log: self) }
        logger.logLevel = .warning
        return logger
    }

    private struct Handler: LogHandler {
        let log: ServerLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.warning

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(
            level: Logger.Level,
            message: Logger.Message,
            metadata: Logger.Metadata?,
            source: String,
            file: String,
            function: String,
            line: UInt
        ) {
            let facts = self.metadata.merging(metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
            let words = ["gatehouse: \(message)"] + facts.map { "\($0.key)=\($0.value)" }
            self.log.say(words.joined(separator: " "), level: level >= .error ? .error : .warning)
        }
    }

    private static func write(_ line: String) { _ = FileSystem.writeAll(Array((line + "\n").utf8), to: STDERR_FILENO) }
}

extension GatehouseConfiguration.LogLevel: Comparable {
    public static func < (left: Self, right: Self) -> Bool {
        let order = Self.allCases
        return order.firstIndex(of: left) ?? 0 < order.firstIndex(of: right) ?? 0
    }
}

// MARK: - Events as lines

extension EventType {
    fileprivate var level: GatehouseConfiguration.LogLevel {
        switch self {
        case .connectionFailed, .pruned: .warning
        case .notification, .faultAdded, .faultRemoved, .faultFired, .clock, .reset: .info
        default: .debug
        }
    }
}

extension EventReport {
    fileprivate var level: GatehouseConfiguration.LogLevel { self.type.level }

    fileprivate var connectionID: ConnectionID? {
        switch self.subject {
        case .notification(let entry): entry.connection
        case .connection(let entry): entry.id
        case .fault(let change): change.connection
        case .feedback(let change): change.connection
        case .device, .other: nil
        }
    }

    fileprivate var notificationID: NotificationID? {
        if case .notification(let entry) = self.subject { entry.id } else { nil }
    }

    /// What a machine may want to sort by. Tokens are names of phones, and payloads what was said to them: neither is here.
    fileprivate var details: [JSONValue.Member] {
        switch self.subject {
        case .notification(let entry):
            var members = [JSONValue.Member("verdict", .string(entry.verdict.kind.rawValue))]
            if case .rejected(let status) = entry.verdict { members.append(.init("status", .number(status))) }
            if let fate = entry.fate { members.append(.init("fate", .string(fate.kind.rawValue))) }
            if let topic = entry.topic { members.append(.init("topic", .string(topic.name))) }
            if let device = entry.device { members.append(.init("device", .string(device))) }
            if let identifier = entry.wire.identifier { members.append(.init("identifier", .number(identifier))) }
            return members
        case .connection(let entry):
            var members = [JSONValue.Member("service", .string(entry.service.rawValue))]
            members.append(.init("environment", .string(entry.environment.rawValue)))
            if let end = entry.end { members.append(.init("code", .string(end.code))) }
            if let hint = entry.end?.hint { members.append(.init("hint", .string(hint))) }
            return members
        case .device(let change): return [.init("device", .string(change.name))]
        case .fault(let change): return [.init("rule", .string(change.rule))]
        case .feedback, .other: return []
        }
    }

    fileprivate var sentence: String {
        switch self.subject {
        case .notification(let entry):
            let report = NotificationReport(entry)
            let target = [report.topic, report.device].compactMap(\.self).joined(separator: " on ")
            // The device's acknowledgement is a moment away, and nobody shall read "in flight" as the last word.
            let outcome = report.fate == .inFlight ? "accepted" : report.outcome
            return "\(outcome)\(target.isEmpty ? "" : " (\(target))")"
        case .connection(let entry):
            let end = self.type == .connectionClosed || self.type == .connectionFailed ? entry.end : nil
            let words = end.map { "\($0.sentence)\($0.hint.map { " \($0)" } ?? "")" }
            return "\(self.type.rawValue) (\(entry.service.rawValue), \(entry.peer))\(words.map { ": \($0)" } ?? "")"
        case .device(let change): return "\(self.type.rawValue) \(change.name)"
        case .fault(let change): return "\(self.type.rawValue) \(change.rule)"
        case .feedback(let change):
            return "\(self.type.rawValue) (\(change.topics.map(\.name).joined(separator: ", ")))"
        case .other(.clock(let mode, let now)): return "clock \(mode.rawValue), \(now)"
        case .other(.reset(let topic, let count, _)):
            return "reset (\(topic?.name ?? "everything")): \(count) notifications forgotten"
        case .other(.pruned(let through, let count)):
            return "\(count) notifications up to \(through) made room for newer ones"
        }
    }
}

extension ConnectionEntry {
    fileprivate var end: ConnectionEnd? {
        switch self.outcome {
        case .open: nil
        case .closed(_, let end), .handshakeFailed(let end): end
        }
    }
}
