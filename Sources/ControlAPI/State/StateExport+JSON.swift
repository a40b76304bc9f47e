import Foundation
package import MockDevice
import PushBroker
package import PushServer
import PushVocabulary

// MARK: - Writing

extension StateExport {
    package var json: JSONValue {
        [
            "version": .number(Self.version),
            "identities": .array(
                self.identities.map {
                    ["topic": .string($0.topic.name), "environment": .string($0.environment.rawValue)]
                }
            ),
            "devices": .array(
                self.devices.map { .object([JSONValue.Member("name", .string($0.name))] + $0.members) }
            ),
            "faults": .array(self.faults.map(\.json)),
            "accumulated": self.accumulated.json,
        ]
    }
}

extension AccumulatedState {
    fileprivate var json: JSONValue {
        [
            "removedApps": .array(
                self.removedApps.map {
                    [
                        "device": .string($0.device), "topic": .string($0.topic.name),
                        "token": .string($0.token.hexadecimal), "removedAt": $0.removedAt.json,
                    ]
                }
            ),
            "waiting": .array(self.waiting.map(\.json)),
            "feedback": .array(
                self.feedback.map {
                    [
                        "topic": .string($0.topic.name), "environment": .string($0.environment.rawValue),
                        "token": .string($0.entry.token.hexadecimal), "since": $0.entry.since.json,
                    ]
                }
            ),
            "revoked": .array(self.revoked.map { .string($0) }),
        ]
    }
}

extension AccumulatedState.Waiting {
    fileprivate var json: JSONValue {
        [
            "device": .string(self.device), "topic": .string(self.topic.name),
            "frame": .string(Data(self.content.frame).base64EncodedString()),
            "payloadStart": .number(self.content.payloadRange.lowerBound),
            "payloadEnd": .number(self.content.payloadRange.upperBound), "keptUntil": self.keptUntil.json,
            "expiry": .number(self.wireExpiry), "priority": .number(self.priority),
        ]
    }
}

// MARK: - Reading

extension StateExport {
    /// Reads a document, all of it or nothing.
    ///
    /// - Parameter networks: those that may be named.
    /// - Throws: `ControlError` that points at the first mistake.
    package init(_ json: JSONValue, networks: NetworkCatalogue = .builtIn) throws(ControlError) {
        let body = try BodyReader(json, fields: ["version", "identities", "devices", "faults", "accumulated"])
        self.init()
        guard let version = try body.integer("version", in: 1...Int(Int32.max)) else {
            throw body.invalid("version", "must be given: \(Self.version)")
        }
        guard version <= Self.version else {
            throw body.invalid("version", "is \(version), of a newer Gatehouse; this one reads up to \(Self.version)")
        }
        self.identities = try Self.list(body, "identities") { element, pointer throws(ControlError) in
            let reader = try BodyReader(element, at: pointer, fields: ["topic", "environment", "kind"])
            return Identity(topic: try reader.topic("topic"), environment: try reader.environment())
        }
        self.devices = try Self.list(body, "devices") { element, pointer throws(ControlError) in
            guard case .string(let name)? = element["name"] else {
                throw .invalid(.pointer("\(pointer)/name"), "must be given, and a string")
            }
            return try ControlError.moving(to: pointer) { () throws(ControlError) in
                try DeviceSpecification(element, name: name, networks: networks)
            }
        }
        var ids: Set<String> = []
        self.faults = try Self.list(body, "faults") { element, pointer throws(ControlError) in
            guard case .string(let id)? = element["id"], ids.insert(id).inserted else {
                throw .invalid(.pointer("\(pointer)/id"), "must be given, and different for each rule")
            }
            return try ControlError.moving(to: pointer) { () throws(ControlError) in
                try FaultRule(element, id: id)
            }
        }
        if let accumulated = body["accumulated"] {
            self.accumulated = try AccumulatedState(accumulated, at: "/accumulated")
        }
        try self.checkNames()
    }

    private func checkNames() throws(ControlError) {
        var names: Set<String> = []
        for (position, device) in self.devices.enumerated() {
            guard names.insert(device.name).inserted else {
                throw .invalid(.pointer("/devices/\(position)/name"), "is there twice")
            }
            try ControlError.moving(to: "/devices/\(position)") { () throws(ControlError) in
                try device.check()
            }
        }
    }

    static func list<Element>(
        _ body: BodyReader,
        _ name: String,
        _ read: (JSONValue, String) throws(ControlError) -> Element
    ) throws(ControlError) -> [Element] {
        var elements: [Element] = []
        for (position, element) in (try body.array(name) ?? []).enumerated() {
            elements.append(try read(element, "\(body.pointer(to: name))/\(position)"))
        }
        return elements
    }
}

extension AccumulatedState {
    /// - Throws: `ControlError` that points at the first mistake.
    package init(_ json: JSONValue, at pointer: String) throws(ControlError) {
        let body = try BodyReader(json, at: pointer, fields: ["removedApps", "waiting", "feedback", "revoked"])
        self.init()
        self.removedApps = try StateExport.list(body, "removedApps") { element, pointer throws(ControlError) in
            let reader = try BodyReader(element, at: pointer, fields: ["device", "topic", "token", "removedAt"])
            return RemovedApp(
                device: try reader.required("device"),
                topic: try reader.topic("topic"),
                token: try reader.token("token"),
                removedAt: try reader.instant("removedAt")
            )
        }
        self.waiting = try StateExport.list(body, "waiting") { element, pointer throws(ControlError) in
            try Waiting(element, at: pointer)
        }
        self.feedback = try StateExport.list(body, "feedback") { element, pointer throws(ControlError) in
            let reader = try BodyReader(element, at: pointer, fields: ["topic", "environment", "token", "since"])
            return Feedback(
                topic: try reader.topic("topic"),
                environment: try reader.environment(),
                entry: FeedbackEntry(token: try reader.token("token"), since: try reader.instant("since"))
            )
        }
        self.revoked = try StateExport.list(body, "revoked") { element, pointer throws(ControlError) in
            guard case .string(let text) = element, text.utf8.count == 64, Hexadecimal.bytes(from: text) != nil else {
                throw .invalid(.pointer(pointer), "must be 64 hexadecimal digits")
            }
            return text
        }
    }
}

extension AccumulatedState.Waiting {
    fileprivate init(_ json: JSONValue, at pointer: String) throws(ControlError) {
        let body = try BodyReader(
            json,
            at: pointer,
            fields: ["device", "topic", "frame", "payloadStart", "payloadEnd", "keptUntil", "expiry", "priority"]
        )
        guard let frame = Data(base64Encoded: try body.required("frame")), !frame.isEmpty else {
            throw body.invalid("frame", "must be base64")
        }
        let end = try body.integer("payloadEnd", in: 0...frame.count) ?? frame.count
        let start = try body.integer("payloadStart", in: 0...end) ?? end
        self.init(
            device: try body.required("device"),
            topic: try body.topic("topic"),
            content: PushContent(frame: Array(frame), payloadRange: start..<end),
            keptUntil: try body.instant("keptUntil"),
            wireExpiry: UInt32(try body.integer("expiry", in: 0...Int(UInt32.max)) ?? 0),
            priority: try body.integer("priority", in: 5...10) == 5 ? 5 : 10
        )
    }
}

extension BodyReader {
    fileprivate func required(_ name: String) throws(ControlError) -> String {
        guard let text = try self.string(name), !text.isEmpty else { throw self.invalid(name, "must be given") }
        return text
    }

    fileprivate func topic(_ name: String) throws(ControlError) -> Topic { Topic(try self.required(name)) }

    fileprivate func token(_ name: String) throws(ControlError) -> DeviceToken {
        let text = try self.required(name)
        return try self.reading(name) { () throws(ValueDefect) in try text.token }
    }

    fileprivate func environment() throws(ControlError) -> Environment {
        guard let text = try self.string("environment") else { return .sandbox }
        return try self.reading("environment") { () throws(ValueDefect) in try text.choice() }
    }

    fileprivate func instant(_ name: String) throws(ControlError) -> Instant {
        guard let instant = Instant(try self.required(name)) else {
            throw self.invalid(name, "must be a time such as 2014-05-01T00:00:00Z")
        }
        return instant
    }
}

extension ControlError {
    /// Runs `body`; what it says of a place in its own document is said of that place below `pointer`.
    static func moving<Value>(
        to pointer: String,
        _ body: () throws(ControlError) -> Value
    ) throws(ControlError) -> Value {
        do {
            return try body()
        } catch {
            var moved = error
            moved.places = error.places.map { place in
                guard case .pointer(let inner) = place.location else { return place }
                return Place(.pointer(pointer + inner), place.detail)
            }
            if error.code == .validationFailed, let place = moved.places.first,
                case .pointer(let whole) = place.location
            {
                moved.detail = "\(whole): \(place.detail)"
            }
            throw moved
        }
    }
}
