import MockDevice
import PushVocabulary

extension DeviceSpecification {
    /// As the body of a PUT, so that a patch can be merged into it.
    var json: JSONValue { .object(self.members) }

    /// All but the name.
    var members: [JSONValue.Member] {
        var members = [
            JSONValue.Member("environment", .string(self.environment.rawValue)),
            JSONValue.Member("connected", .bool(self.isConnected)),
            JSONValue.Member("notifications", .bool(self.areNotificationsOn)),
            JSONValue.Member("keepAlive", self.keepAlive.requestJSON),
            JSONValue.Member("network", self.network.requestJSON),
        ]
        if let baseToken { members.append(JSONValue.Member("baseToken", .string(baseToken.hexadecimal))) }
        return members + [JSONValue.Member("apps", .array(self.apps.map(\.json)))]
    }

    private static let fields = [
        "name", "environment", "connected", "network", "notifications", "keepAlive", "baseToken", "apps",
    ]

    /// - Parameters:
    ///   - name: that of the path; the body may repeat it.
    ///   - networks: those that may be named.
    init(_ json: JSONValue, name: String, networks: NetworkCatalogue = .builtIn) throws(ControlError) {
        let body = try BodyReader(json, fields: Self.fields)
        if let repeated = try body.string("name"), repeated != name {
            throw body.invalid("name", "must be the name in the path, or be left out")
        }
        self.init(name: name)
        if let text = try body.string("environment") {
            self.environment = try body.reading("environment") { () throws(ValueDefect) in try text.choice() }
        }
        if let connected = try body.bool("connected") { self.isConnected = connected }
        if let text = try body.string("baseToken") {
            self.baseToken = try body.reading("baseToken") { () throws(ValueDefect) in try text.token }
        }
        if let network = body["network"] {
            self.network = try NetworkProfile(network, catalogue: networks, at: body.pointer(to: "network"))
        }
        if let notifications = try body.bool("notifications") { self.areNotificationsOn = notifications }
        if let keepAlive = body["keepAlive"] {
            self.keepAlive = try KeepAliveProfile(keepAlive, at: body.pointer(to: "keepAlive"))
        }
        for (position, element) in (try body.array("apps") ?? []).enumerated() {
            self.apps.append(try App(element, at: "/apps/\(position)"))
        }
    }
}

extension MockApp {
    /// What may be said of an app beside its topic.
    static let settings = ["token", "entitlement", "permission", "launched", "filter", "handsOver"]

    init(_ json: JSONValue, at pointer: String) throws(ControlError) {
        let body = try BodyReader(json, at: pointer, fields: ["topic"] + Self.settings)
        guard let topic = try body.string("topic") else { throw body.invalid("topic", "must be there") }
        self.init(topic: Topic(topic))
        try self.read(body)
    }

    mutating func read(_ body: BodyReader) throws(ControlError) {
        if let text = try body.string("token") {
            self.token = try body.reading("token") { () throws(ValueDefect) in try text.token }
        }
        if let text = try body.string("entitlement") { self.setup.entitlement = Entitlement(text) }
        if let text = try body.string("permission") {
            self.setup.permission = try body.reading("permission") { () throws(ValueDefect) in try text.choice() }
        }
        if let isLaunched = try body.bool("launched") { self.setup.isLaunched = isLaunched }
        if let text = try body.string("filter") {
            self.setup.sorting = try body.reading("filter") { () throws(ValueDefect) in try text.choice() }
        }
        if let text = try body.string("handsOver") {
            self.setup.habit = try body.reading("handsOver") { () throws(ValueDefect) in try text.choice() }
        }
    }

    var json: JSONValue {
        var members = [JSONValue.Member("topic", .string(self.topic.name))]
        if let token { members.append(JSONValue.Member("token", .string(token.hexadecimal))) }
        if let entitlement = self.setup.entitlement {
            members.append(JSONValue.Member("entitlement", .string(entitlement.text)))
        }
        members.append(JSONValue.Member("permission", .string(self.setup.permission.rawValue)))
        members.append(JSONValue.Member("launched", .bool(self.setup.isLaunched)))
        members.append(JSONValue.Member("filter", .string(self.setup.sorting.rawValue)))
        members.append(JSONValue.Member("handsOver", .string(self.setup.habit.rawValue)))
        return .object(members)
    }
}

extension KeepAliveProfile {
    /// As a request has it: a name of the catalogue, or the numbers.
    var requestJSON: JSONValue { self.name.map { .string($0) } ?? self.numbersJSON }

    var numbersJSON: JSONValue {
        func seconds(_ duration: Duration) -> JSONValue { .number(duration.components.seconds) }
        return [
            "strategy": .string(self.strategy.rawValue), "start": seconds(self.start),
            "minimum": seconds(self.minimum), "maximum": seconds(self.maximum),
            "increment": seconds(self.increment), "refinement": seconds(self.refinement),
            "rounds": .number(self.rounds),
        ]
    }

    private static let fields = [
        "profile", "strategy", "start", "minimum", "maximum", "increment", "refinement", "rounds",
    ]

    /// - Parameter json: a name of the catalogue; or numbers of one's own, in seconds, what is left out being that of
    ///   `profile` or of the usual one.
    package init(_ json: JSONValue, at pointer: String) throws(ControlError) {
        if case .string(let name) = json {
            self = try Self.known(name, at: pointer)
            return
        }
        let body = try BodyReader(json, at: pointer, fields: Self.fields)
        let base = try body.string("profile") ?? Self.standardName
        self = try Self.known(base, at: body.pointer(to: "profile"))
        if let text = try body.string("strategy") {
            self.strategy = try body.reading("strategy") { () throws(ValueDefect) in try text.choice() }
        }
        for (name, path) in [
            ("start", \KeepAliveProfile.start), ("minimum", \.minimum), ("maximum", \.maximum),
            ("increment", \.increment), ("refinement", \.refinement),
        ] {
            if let seconds = try body.integer(name, in: 0...86_400) { self[keyPath: path] = .seconds(seconds) }
        }
        if let rounds = try body.integer("rounds", in: 1...1_000) { self.rounds = rounds }
        if let defect = self.defect { throw .invalid(.pointer(pointer), defect) }
    }

    private static func known(_ name: String, at pointer: String) throws(ControlError) -> KeepAliveProfile {
        if let profile = Self.named(name) { return profile }
        let names = Self.catalogue.map(\.name).joined(separator: ", ")
        throw .invalid(.pointer(pointer), "must be one of \(names), or an object with numbers")
    }
}
