import MockDevice
import PushVocabulary

extension FleetSpecification {
    static let changeable = ["connected", "networks", "connectRate", "reconnectJitter", "keepAlive"]
    private static let fields = ["name", "environment", "count", "apps"] + Self.changeable

    /// As the body of a POST; what is kept beyond the process, too.
    var json: JSONValue { .object(self.members) }

    var members: [JSONValue.Member] {
        [
            JSONValue.Member("name", .string(self.name)),
            JSONValue.Member("environment", .string(self.environment.rawValue)),
            JSONValue.Member("count", .number(self.count)),
            JSONValue.Member("connected", .bool(self.isConnected)),
            JSONValue.Member("apps", .array(self.apps.map(\.json))),
            JSONValue.Member("networks", self.networks.json),
            JSONValue.Member("connectRate", self.connectRate.map(Self.number) ?? .null),
            JSONValue.Member("reconnectJitter", .string(self.reconnectJitter.written)),
            JSONValue.Member("keepAlive", self.keepAlive.requestJSON),
        ]
    }

    private static func number(_ rate: Double) -> JSONValue {
        rate == rate.rounded() ? .number(Int(rate)) : .number("\(rate)")
    }

    /// Reads what a POST asks for.
    init(_ json: JSONValue, networks: NetworkCatalogue) throws(ControlError) {
        let body = try BodyReader(json, fields: Self.fields)
        guard let name = try body.string("name") else { throw body.invalid("name", "must be there") }
        guard let count = try body.integer("count", in: Self.counts) else {
            throw body.invalid("count", "must be there: how many devices")
        }
        var apps: [MockApp] = []
        for (position, element) in (try body.array("apps") ?? []).enumerated() {
            apps.append(try MockApp(element, at: "/apps/\(position)"))
        }
        self.init(name: name, count: count, apps: apps)
        if let text = try body.string("environment") {
            self.environment = try body.reading("environment") { () throws(ValueDefect) in try text.choice() }
        }
        try self.read(body, networks: networks)
    }

    /// Takes over what a PATCH names.
    mutating func change(_ json: JSONValue, networks: NetworkCatalogue) throws(ControlError) {
        try self.read(BodyReader(json, fields: Self.changeable), networks: networks)
    }

    private mutating func read(_ body: BodyReader, networks: NetworkCatalogue) throws(ControlError) {
        if let connected = try body.bool("connected") { self.isConnected = connected }
        if let mix = body["networks"] {
            self.networks = try NetworkMix(mix, catalogue: networks, at: body.pointer(to: "networks"))
        }
        if body.has("connectRate") { self.connectRate = try body.connectRate() }
        if let jitter = try body.jitter("reconnectJitter") { self.reconnectJitter = jitter }
        if let keepAlive = body["keepAlive"] {
            self.keepAlive = try KeepAliveProfile(keepAlive, at: body.pointer(to: "keepAlive"))
        }
    }
}

extension BodyReader {
    /// Devices a second; `nil`: all at once.
    func connectRate() throws(ControlError) -> Double? {
        guard let text = try self.number("connectRate") else { return nil }
        guard let rate = Double(text), FleetSpecification.connectRates.contains(rate) else {
            throw self.invalid(
                "connectRate",
                "must be devices a second, from 0.001 to 1000000, or null for all at once"
            )
        }
        return rate
    }

    /// Such as `"30s"`, or a number of seconds.
    func jitter(_ name: String) throws(ControlError) -> Duration? {
        guard let value = self[name] else { return nil }
        let jitter: Duration? =
            switch value {
            case .string(let text): Duration(written: text)
            case .number(let text): Double(text).flatMap { 0...86_400 ~= $0 ? .seconds($0) : nil }
            default: nil
            }
        guard let jitter, .zero...FleetSpecification.longestJitter ~= jitter else {
            throw self.invalid(name, "must be a time such as \"30s\" or a number of seconds, at most a day")
        }
        return jitter
    }
}

extension NetworkMix {
    /// Reads a network for all devices, by name or parameters, or a list of shares:
    /// `["ideal", {"network": "lift", "weight": 3}]`.
    init(_ json: JSONValue, catalogue: NetworkCatalogue, at pointer: String) throws(ControlError) {
        guard case .array(let elements) = json else {
            self.init(try NetworkProfile(json, catalogue: catalogue, at: pointer))
            return
        }
        guard 1...Self.maximumShares ~= elements.count else {
            throw .invalid(.pointer(pointer), "must have 1 to \(Self.maximumShares) elements")
        }
        var shares: [Share] = []
        for (position, element) in elements.enumerated() {
            let place = "\(pointer)/\(position)"
            if case .string = element {
                shares.append(Share(try NetworkProfile(element, catalogue: catalogue, at: place)))
                continue
            }
            let reader = try BodyReader(element, at: place, fields: ["network", "weight"])
            guard let network = reader["network"] else { throw reader.invalid("network", "must be there") }
            let weight = try reader.integer("weight", in: Self.weights) ?? 1
            shares.append(
                Share(
                    try NetworkProfile(network, catalogue: catalogue, at: reader.pointer(to: "network")),
                    weight: weight
                )
            )
        }
        self.init(shares)
    }

    var json: JSONValue {
        .array(self.shares.map { ["network": $0.network.requestJSON, "weight": .number($0.weight)] })
    }
}
