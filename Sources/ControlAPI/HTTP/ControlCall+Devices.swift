import PushVocabulary

extension ControlCall {
    func devices() async throws -> ControlAnswer {
        let items = try await self.operations.devices()
        return .json(["items": .array(items.map(\.json)), "total": .number(items.count)])
    }

    func device() async throws -> ControlAnswer {
        .json(try await self.operations.device(self.parameter("name")).json)
    }

    /// Makes a device, or replaces it: what the body leaves out gets its default.
    func putDevice() async throws -> ControlAnswer {
        let name = self.parameter("name")
        let wanted = try DeviceSpecification(self.body ?? [:], name: name)
        let (device, isNew) = try await self.operations.putDevice(wanted)
        return .made(device.json, at: isNew ? "/v1/devices/\(PercentEncoding.encoded(name))" : nil)
    }

    /// Merges the body into the device (RFC 7396): what it leaves out stays, an array is replaced as a whole.
    func patchDevice() async throws -> ControlAnswer {
        let (name, patch) = (self.parameter("name"), self.body ?? [:])
        guard case .object = patch else {
            throw ControlError.invalid(.pointer(""), "must be an object, not \(patch.kind)")
        }
        let device = try await self.operations.changeDevice(name) { present in
            try DeviceSpecification(present.json.merged(with: patch), name: name)
        }
        return .json(device.json)
    }

    func deleteDevice() async throws -> ControlAnswer {
        try await self.operations.deleteDevice(self.parameter("name"))
        return .empty
    }

    func putApp() async throws -> ControlAnswer {
        let (name, topic) = (self.parameter("name"), Topic(self.parameter("topic")))
        let body = try BodyReader(self.body ?? [:], fields: ["token"])
        let token = try body.string("token").map { text in
            try body.reading("token") { () throws(ValueDefect) in try text.token }
        }
        let (app, isNew) = try await self.operations.putApp(topic, token: token, on: name)
        let path = "/v1/devices/\(PercentEncoding.encoded(name))/apps/\(PercentEncoding.encoded(topic.name))"
        return .made(app.json, at: isNew ? path : nil)
    }

    func deleteApp() async throws -> ControlAnswer {
        try await self.operations.deleteApp(Topic(self.parameter("topic")), from: self.parameter("name"))
        return .empty
    }
}

extension DeviceSpecification {
    /// As the body of a PUT, so that a patch can be merged into it.
    var json: JSONValue {
        [
            "environment": .string(self.environment.rawValue), "connected": .bool(self.isConnected),
            "apps": .array(
                self.apps.map { app in
                    var members = [JSONValue.Member("topic", .string(app.topic.name))]
                    if let token = app.token { members.append(JSONValue.Member("token", .string(token.hexadecimal))) }
                    return .object(members)
                }
            ),
        ]
    }

    /// - Parameter name: that of the path; the body may repeat it.
    init(_ json: JSONValue, name: String) throws(ControlError) {
        let body = try BodyReader(json, fields: ["name", "environment", "connected", "network", "apps"])
        if let repeated = try body.string("name"), repeated != name {
            throw body.invalid("name", "must be the name in the path, or be left out")
        }
        self.init(name: name)
        if let text = try body.string("environment") {
            self.environment = try body.reading("environment") { () throws(ValueDefect) in try text.choice() }
        }
        if let connected = try body.bool("connected") { self.isConnected = connected }
        if let network = try body.string("network"), network != Self.network {
            throw body.invalid("network", "must be \(Self.network): there is no other network profile in this version")
        }
        for (position, element) in (try body.array("apps") ?? []).enumerated() {
            self.apps.append(try App(element, at: "/apps/\(position)"))
        }
    }
}

extension DeviceSpecification.App {
    fileprivate init(_ json: JSONValue, at pointer: String) throws(ControlError) {
        let body = try BodyReader(json, at: pointer, fields: ["topic", "token"])
        guard let topic = try body.string("topic") else { throw body.invalid("topic", "must be there") }
        self.init(topic: Topic(topic))
        if let text = try body.string("token") {
            self.token = try body.reading("token") { () throws(ValueDefect) in try text.token }
        }
    }
}
