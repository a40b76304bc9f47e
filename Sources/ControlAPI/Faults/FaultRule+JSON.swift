import PushLedger
package import PushServer
package import PushVocabulary

/// Fault rules as the API and the configuration file write them.
extension FaultRule {
    private static let fields = ["id", "stage", "match", "trigger", "action", "ttlMs"]
    private static let longest = 1...(366 * 86_400_000)
    private static let maximumIDSize = 200

    /// - Parameter id: that of the path; `nil`: the body may name one, and is without one when it does not.
    package init(_ json: JSONValue, id: String? = nil) throws(ControlError) {
        let body = try BodyReader(json, fields: Self.fields)
        let named = try body.string("id")
        if let named, !(1...Self.maximumIDSize ~= named.utf8.count) {
            throw body.invalid("id", "must have 1 to \(Self.maximumIDSize) bytes")
        }
        if let id, let named, named != id {
            throw body.invalid("id", "must be the id in the path, or be left out")
        }
        guard let stageText = try body.string("stage") else {
            throw body.invalid("stage", "must be given: \(Self.choices(FaultStage.self))")
        }
        let stage: FaultStage = try body.reading("stage") { () throws(ValueDefect) in try stageText.choice() }
        let action = try FaultAction(body["action"] ?? .null, at: body.pointer(to: "action"))
        guard action.stages.contains(stage) else {
            let stages = action.stages.map(\.rawValue).sorted().joined(separator: ", ")
            throw body.invalid("action", "means nothing at stage \(stage.rawValue); its stages are \(stages)")
        }
        self.init(
            id: named ?? id ?? "",
            match: try FaultMatch(body["match"] ?? [:], stage: stage, at: body.pointer(to: "match")),
            trigger: try FaultTrigger(body["trigger"] ?? [:], at: body.pointer(to: "trigger")),
            action: action,
            timeToLive: try body.integer("ttlMs", in: Self.longest).map { .milliseconds($0) }
        )
        if stage == .listen { try self.checkForListeners(body) }
    }

    /// A rule about listeners knows no connection, and nothing that could be counted.
    private func checkForListeners(_ body: BodyReader) throws(ControlError) {
        var match = FaultMatch(stage: .listen)
        (match.service, match.environment) = (self.match.service, self.match.environment)
        if self.match != match {
            throw body.invalid("match", "at stage listen there is nothing to match but service and environment")
        }
        var trigger = FaultTrigger()
        trigger.window = self.trigger.window
        if self.trigger != trigger {
            throw body.invalid("trigger", "at stage listen nothing can be counted: use betweenMs, or ttlMs of the rule")
        }
    }

    private static func choices<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) -> String
    where Choice.RawValue == String {
        Choice.allCases.map(\.rawValue).joined(separator: ", ")
    }
}

extension FaultMatch {
    fileprivate init(_ json: JSONValue, stage: FaultStage, at pointer: String) throws(ControlError) {
        let body = try BodyReader(
            json,
            at: pointer,
            fields: [
                "service", "environment", "topic", "token", "identifier", "connectionId", "device", "command",
                "priority", "payloadContains",
            ]
        )
        self.init(stage: stage)
        if let text = try body.string("service") {
            self.service = try body.reading("service") { () throws(ValueDefect) -> PushService in try text.choice() }
        }
        if let text = try body.string("environment") {
            self.environment = try body.reading("environment") { () throws(ValueDefect) -> Environment in
                try text.choice()
            }
        }
        self.topic = try body.string("topic").map { Topic($0) }
        if let text = try body.string("token") {
            self.token = try body.reading("token") { () throws(ValueDefect) in try text.token }
        }
        self.identifier = try body.integer("identifier", in: 0...Int(UInt32.max)).map { UInt32($0) }
        if let text = try body.string("connectionId") {
            guard let id = ConnectionID(text) else {
                throw body.invalid("connectionId", "must be a connection's id, such as c-42")
            }
            self.connection = id
        }
        self.device = try body.string("device")
        self.command = try body.integer("command", in: 0...255).map { UInt8($0) }
        self.priority = try body.integer("priority", in: 0...255).map { UInt8($0) }
        self.payloadContains = try body.string("payloadContains").map { Array($0.utf8) }
    }

    fileprivate var json: JSONValue {
        var members: [JSONValue.Member] = []
        func add(_ name: String, _ value: JSONValue?) {
            if let value { members.append(JSONValue.Member(name, value)) }
        }
        add("service", self.service.map { .string($0.rawValue) })
        add("environment", self.environment.map { .string($0.rawValue) })
        add("topic", self.topic.map { .string($0.name) })
        add("token", self.token.map { .string($0.hexadecimal) })
        add("identifier", self.identifier.map { .number($0) })
        add("connectionId", self.connection.map { .string($0.description) })
        add("device", self.device.map { .string($0) })
        add("command", self.command.map { .number($0) })
        add("priority", self.priority.map { .number($0) })
        add("payloadContains", self.payloadContains.map { .string(String(decoding: $0, as: UTF8.self)) })
        return .object(members)
    }
}

extension FaultTrigger {
    fileprivate init(_ json: JSONValue, at pointer: String) throws(ControlError) {
        let body = try BodyReader(
            json,
            at: pointer,
            fields: ["times", "skipFirst", "everyNth", "probability", "betweenMs"]
        )
        self.init(times: try body.integer("times", in: 1...Int(Int32.max)))
        self.skipFirst = try body.integer("skipFirst", in: 0...Int(Int32.max)) ?? 0
        self.everyNth = try body.integer("everyNth", in: 1...Int(Int32.max)) ?? 1
        if let text = try body.number("probability") {
            guard let probability = Double(text), 0...1 ~= probability else {
                throw body.invalid("probability", "must be a number from 0 to 1")
            }
            self.probability = probability
        }
        if let bounds = try body.array("betweenMs") {
            let numbers = bounds.compactMap { bound in if case .number(let text) = bound { Int(text) } else { nil } }
            guard bounds.count == 2, numbers.count == 2, 0 <= numbers[0], numbers[0] < numbers[1],
                numbers[1] <= 366 * 86_400_000
            else { throw body.invalid("betweenMs", "must be two numbers of milliseconds, the first before the second") }
            self.window = .milliseconds(numbers[0])..<(.milliseconds(numbers[1]))
        }
    }

    fileprivate var json: JSONValue {
        var members: [JSONValue.Member] = []
        if let times { members.append(JSONValue.Member("times", .number(times))) }
        if self.skipFirst > 0 { members.append(JSONValue.Member("skipFirst", .number(self.skipFirst))) }
        if self.everyNth > 1 { members.append(JSONValue.Member("everyNth", .number(self.everyNth))) }
        if self.probability < 1 { members.append(JSONValue.Member("probability", .number("\(self.probability)"))) }
        if let window {
            let bounds = [window.lowerBound, window.upperBound].map { $0.wholeNanoseconds / 1_000_000 }
            members.append(JSONValue.Member("betweenMs", .array(bounds.map { .number($0) })))
        }
        return .object(members)
    }
}

extension FaultRule {
    /// As the API and the configuration file take it.
    package var json: JSONValue {
        var members = self.members
        if let timeToLive {
            members.append(JSONValue.Member("ttlMs", .number(timeToLive.wholeNanoseconds / 1_000_000)))
        }
        return .object(members)
    }

    fileprivate var members: [JSONValue.Member] {
        [
            JSONValue.Member("id", .string(self.id)),
            JSONValue.Member("stage", .string(self.match.stage.rawValue)),
            JSONValue.Member("match", self.match.json), JSONValue.Member("trigger", self.trigger.json),
            JSONValue.Member("action", self.action.json),
        ]
    }
}

extension FaultPlan.Entry {
    package var json: JSONValue {
        var members = self.rule.members
        members += [
            JSONValue.Member("matches", .number(self.matches)),
            JSONValue.Member("hits", .number(self.hits)),
            JSONValue.Member("remaining", self.remaining.map { .number($0) } ?? .null),
            JSONValue.Member("addedAt", self.addedAt.json),
        ]
        if let expiresAt { members.append(JSONValue.Member("expiresAt", expiresAt.json)) }
        return .object(members)
    }
}
