import MockDevice
import PushVocabulary

extension ControlCall {
    func devices() async throws -> ControlAnswer {
        let fleet = try self.query.value("fleet") { text throws(ValueDefect) in try text.nonEmpty }
        let items =
            if let fleet { try await self.operations.devices(ofFleet: fleet) } else {
                try await self.operations.devices()
            }
        return .json(["items": .array(items.map(\.json)), "total": .number(items.count)])
    }

    /// The network profiles that go by a name.
    func networks() -> ControlAnswer {
        .json(["items": .array(self.operations.facts.networks.profiles.map(\.parametersJSON))])
    }

    func device() async throws -> ControlAnswer {
        .json(try await self.operations.device(self.parameter("name")).json)
    }

    /// Makes a device, or replaces it: what the body leaves out gets its default.
    func putDevice() async throws -> ControlAnswer {
        let name = self.parameter("name")
        let networks = self.operations.facts.networks
        let wanted = try DeviceSpecification(self.body ?? [:], name: name, networks: networks)
        let (device, isNew) = try await self.operations.putDevice(wanted)
        return .made(device.json, at: isNew ? "/v1/devices/\(PercentEncoding.encoded(name))" : nil)
    }

    /// Merges the body into the device (RFC 7396): what it leaves out stays, an array is replaced as a whole.
    func patchDevice() async throws -> ControlAnswer {
        let (name, patch) = (self.parameter("name"), self.body ?? [:])
        let networks = self.operations.facts.networks
        guard case .object = patch else {
            throw ControlError.invalid(.pointer(""), "must be an object, not \(patch.kind)")
        }
        let device = try await self.operations.changeDevice(name) { present in
            try DeviceSpecification(present.json.merged(with: patch), name: name, networks: networks)
        }
        return .json(device.json)
    }

    func deleteDevice() async throws -> ControlAnswer {
        try await self.operations.deleteDevice(self.parameter("name"))
        return .empty
    }

    func putApp() async throws -> ControlAnswer {
        let (name, topic) = (self.parameter("name"), Topic(self.parameter("topic")))
        let body = try BodyReader(self.body ?? [:], fields: DeviceSpecification.App.settings)
        let (app, isNew) = try await self.operations.putApp(topic, on: name) { app in
            var app = app
            try app.read(body)
            return app
        }
        let path = "/v1/devices/\(PercentEncoding.encoded(name))/apps/\(PercentEncoding.encoded(topic.name))"
        return .made(app.json, at: isNew ? path : nil)
    }

    func restoreDevice() async throws -> ControlAnswer {
        .json(try await self.operations.restore(self.parameter("name")).json)
    }

    func launchApp() async throws -> ControlAnswer {
        .json(try await self.operations.launch(Topic(self.parameter("topic")), on: self.parameter("name")).json)
    }

    /// The log of a mock device: `?after=` reads on, `?topics=hash` names topics as Mac OS X does.
    func deviceTrace() async throws -> ControlAnswer {
        let after = try self.query.value("after") { text throws(ValueDefect) in try text.integer(in: 0...Int.max) } ?? 0
        let form =
            try self.query.value("topics") { text throws(ValueDefect) -> TraceTopics in try text.choice() } ?? .name
        let entries = try await self.operations.trace(of: self.parameter("name"), after: UInt64(after))
        return .json([
            "items": .array(entries.map { $0.json(form == .hash ? .hash : .bundleIdentifier) }),
            "after": .number(entries.last?.number ?? UInt64(after)),
        ])
    }

    func deleteApp() async throws -> ControlAnswer {
        try await self.operations.deleteApp(Topic(self.parameter("topic")), from: self.parameter("name"))
        return .empty
    }
}

/// How a trace names topics.
private enum TraceTopics: String, CaseIterable {
    case name
    case hash
}
