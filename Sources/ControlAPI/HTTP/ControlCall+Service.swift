import PushLedger
import PushServer
import PushVocabulary

extension ControlCall {
    static let usualPageSize = 50
    static let pageSizes = 1...1_000

    func readiness() throws -> ControlAnswer {
        switch self.operations.readiness {
        case .ready:
            if let failure = self.operations.server.stateFailure { throw ControlError(failure) }
            return .json(["status": "ready"])
        case .starting:
            throw ControlError(.starting, "not every listener is bound, or the configured devices are not there yet")
        case .stopping: throw ControlError.stopping
        }
    }

    /// The ready record, with the devices as they are now, and what has been counted.
    func info() async throws -> ControlAnswer {
        let topic = try self.query.value("topic") { text throws(ValueDefect) in Topic(try text.nonEmpty) }
        let operations = self.operations
        let devices = try await operations.devices()
        let counters = try await operations.counters(topic: topic)
        let clock = operations.clock
        var members = operations.readyRecord(control: self.controlURL, devices: []).members
        members.removeAll { $0.name == "devices" }
        members += [
            JSONValue.Member("devices", .array(devices.map(\.json))),
            JSONValue.Member("counters", counters.json),
            JSONValue.Member("clock", ["mode": .string(clock.mode.rawValue), "now": clock.now.json]),
            JSONValue.Member("profile", .string(operations.facts.profile)),
            JSONValue.Member("seed", .number(operations.facts.seed)),
            JSONValue.Member("uptimeMs", .number(operations.uptime.wholeNanoseconds / 1_000_000)),
            JSONValue.Member("cursor", .string(try await operations.latestCursor().description)),
            JSONValue.Member(
                "topics",
                .object(
                    try await operations.countersOfTopics(topic).map { entry in
                        JSONValue.Member(entry.topic.name, entry.counters.json)
                    }
                )
            ),
        ]
        return .json(.object(members))
    }

    func feedback() async throws -> ControlAnswer {
        let topic = try self.query.value("topic") { text throws(ValueDefect) in Topic(try text.nonEmpty) }
        let environment = try self.query.value("environment") { text throws(ValueDefect) -> Environment in
            try text.choice()
        }
        let items = try await self.operations.feedback(of: topic, in: environment)
        return .json(["items": .array(items.map(\.json)), "total": .number(items.count)])
    }

    func connections() async throws -> ControlAnswer {
        let service = try self.query.value("service") { text throws(ValueDefect) -> PushService in try text.choice() }
        let environment = try self.query.value("environment") { text throws(ValueDefect) -> Environment in
            try text.choice()
        }
        let isOpen = try self.query.value("open") { text throws(ValueDefect) -> Bool in
            guard let value = Bool(text) else { throw ValueDefect("must be true or false") }
            return value
        }
        let cursor = try self.query.value("cursor") { text throws(ValueDefect) -> ConnectionID in
            guard let id = ConnectionID(text) else { throw ValueDefect("must be a nextCursor of an earlier answer") }
            return id
        }
        let page = try await self.operations.connections(
            service: service,
            environment: environment,
            isOpen: isOpen,
            after: cursor,
            limit: try self.limit(),
            order: try self.order()
        )
        return .json([
            "items": .array(page.items.map(\.json)),
            "nextCursor": page.next.map { .string($0.description) } ?? .null,
            "total": .number(page.total),
        ])
    }

    func connection() async throws -> ControlAnswer {
        .json(try await self.operations.connection(try self.connectionID()).json)
    }

    /// - Throws: `notFound` for what is no id.
    func connectionID() throws(ControlError) -> ConnectionID {
        let text = self.parameter("id")
        guard let id = ConnectionID(text) else {
            throw ControlError(.notFound, "there is no connection \(text)", hint: "Ids look like c-42.")
        }
        return id
    }

    func reset() async throws -> ControlAnswer {
        let body = try BodyReader(self.body ?? [:], fields: ["what", "topic"])
        var scopes = ResetScope.usual
        if let what = try body.array("what") {
            scopes = []
            for (position, element) in what.enumerated() {
                let pointer = ControlError.Place.Location.pointer("/what/\(position)")
                guard case .string(let text) = element else {
                    throw ControlError.invalid(pointer, "must be a string, not \(element.kind)")
                }
                do throws(ValueDefect) {
                    scopes.insert(try text.choice())
                } catch {
                    throw ControlError.invalid(pointer, error.text)
                }
            }
        }
        let topic = try body.string("topic").map { text in
            Topic(try body.reading("topic") { () throws(ValueDefect) in try text.nonEmpty })
        }
        let counts = try await self.operations.reset(scopes, topic: topic)
        return .json(counts.json)
    }

    // MARK: - Pages

    func limit() throws(ControlError) -> Int {
        try self.query.value("limit") { text throws(ValueDefect) in try text.integer(in: Self.pageSizes) }
            ?? Self.usualPageSize
    }

    func order() throws(ControlError) -> ListingOrder {
        try self.query.value("order") { text throws(ValueDefect) -> ListingOrder in try text.choice() } ?? .ascending
    }
}
