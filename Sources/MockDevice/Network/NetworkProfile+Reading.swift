#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What is wrong with a network profile as written.
package struct NetworkProfileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where, as a JSON pointer (RFC 6901) into the profile.
    package let pointer: String
    package let text: String
    /// It is a field that does not exist.
    package var isUnknownField = false

    package var description: String { self.pointer.isEmpty ? "it \(self.text)" : "\(self.pointer) \(self.text)" }
}

extension NetworkProfile {
    /// Reads a profile: an object with the parameters, on top of those of a known profile if it names one.
    ///
    /// - Parameters:
    ///   - json: such as `{"profile": "ideal", "latency": "300ms"}`.
    ///   - catalogue: where named profiles are looked up.
    /// - Throws: `NetworkProfileError` for what is no profile, unknown fields included.
    package init(json: [UInt8], catalogue: NetworkCatalogue) throws(NetworkProfileError) {
        guard let value = try? JSONDecoder().decode(NetworkValue.self, from: Data(json)) else {
            throw NetworkProfileError(pointer: "", text: "is not JSON")
        }
        try self.init(value, catalogue: catalogue)
    }

    init(_ value: NetworkValue, catalogue: NetworkCatalogue, at pointer: String = "") throws(NetworkProfileError) {
        let own = ["name", "profile", "summary", "source", "bearers", "connectTimeout", "retransmissionTimeout"]
        let reader = try NetworkReader(value, at: pointer, fields: own + NetworkBearer.fields)
        if let base = try reader.text("profile") {
            self = try catalogue.profile(named: base, at: reader.pointer(to: "profile"))
            guard reader.count > 1 else { return }
            self.name = "\(base), changed"
            self.source = ""
        } else {
            self.init(name: "custom", bearers: [NetworkBearer(kind: .cellular)])
        }
        if let name = try reader.text("name") { self.name = name }
        if let summary = try reader.text("summary") { self.summary = summary }
        if let source = try reader.text("source") { self.source = source }
        if let timeout = try reader.duration("connectTimeout") { self.connectTimeout = timeout }
        if let timeout = try reader.duration("retransmissionTimeout") { self.retransmissionTimeout = timeout }
        if let elements = try reader.list("bearers") {
            guard 1...2 ~= elements.count else {
                throw NetworkProfileError(pointer: reader.pointer(to: "bearers"), text: "must have one or two elements")
            }
            self.bearers = []
            for (position, element) in elements.enumerated() {
                let place = "\(reader.pointer(to: "bearers"))/\(position)"
                var bearer = NetworkBearer(kind: .cellular)
                try bearer.change(NetworkReader(element, at: place, fields: NetworkBearer.fields))
                self.bearers.append(bearer)
            }
        }
        for index in self.bearers.indices { try self.bearers[index].change(reader) }
    }
}

extension NetworkBearer {
    static let fields = [
        "kind", "access", "idleCutoff", "cut", "latency", "jitter", "bytesPerSecond", "acknowledgementLoss", "outages",
    ]

    /// Takes over the fields that are there; `null` puts one back to its default.
    mutating func change(_ reader: NetworkReader) throws(NetworkProfileError) {
        if let kind: Kind = try reader.choice("kind") { self.kind = kind }
        if let access: Access = try reader.choice("access") { self.access = access }
        if let cut: Cut = try reader.choice("cut") { self.cut = cut }
        if reader.isNull("idleCutoff") { self.idleCutoff = nil }
        if let cutoff = try reader.duration("idleCutoff") { self.idleCutoff = cutoff }
        if let latency = try reader.duration("latency") { self.latency = latency }
        if let jitter = try reader.duration("jitter") { self.jitter = jitter }
        if reader.isNull("bytesPerSecond") { self.bytesPerSecond = nil }
        if let rate = try reader.number("bytesPerSecond", in: 1...1_000_000_000) { self.bytesPerSecond = Int(rate) }
        if let loss = try reader.number("acknowledgementLoss", in: 0...1) { self.acknowledgementLoss = loss }
        if reader.isNull("outages") { self.outages = nil }
        if let value = reader["outages"] {
            self.outages = try NetworkOutages(value, at: reader.pointer(to: "outages"))
        }
    }
}

extension NetworkOutages {
    init(_ value: NetworkValue, at pointer: String) throws(NetworkProfileError) {
        let reader = try NetworkReader(
            value,
            at: pointer,
            fields: ["up", "down", "schedule", "every", "severs", "notices"]
        )
        if let gaps = try reader.list("schedule") {
            self.init(try Self.script(gaps, reader))
        } else {
            guard let up = try reader.range("up"), let down = try reader.range("down") else {
                throw NetworkProfileError(pointer: pointer, text: "must have up and down, or a schedule")
            }
            self.init(.random(up: up, down: down))
        }
        if let severs = try reader.number("severs", in: 0...1) { self.severs = severs }
        if let notices = try reader.number("notices", in: 0...1) { self.notices = notices }
    }

    private static func script(_ values: [NetworkValue], _ reader: NetworkReader) throws(NetworkProfileError) -> Timing
    {
        let place = reader.pointer(to: "schedule")
        var gaps: [Gap] = []
        for (position, value) in values.enumerated() {
            let gap = try NetworkReader(value, at: "\(place)/\(position)", fields: ["at", "for"])
            guard let at = try gap.duration("at"), let lasts = try gap.duration("for"), lasts > .zero else {
                throw NetworkProfileError(pointer: "\(place)/\(position)", text: "must have at and for")
            }
            guard gaps.last.map({ $0.at + $0.lasts < at }) ?? true else {
                throw NetworkProfileError(pointer: "\(place)/\(position)/at", text: "must be after the gap before it")
            }
            gaps.append(Gap(at: at, lasts: lasts))
        }
        guard let last = gaps.last, gaps.count <= 1_000 else {
            throw NetworkProfileError(pointer: place, text: "must have 1 to 1000 elements")
        }
        let period = try reader.duration("every")
        guard period.map({ $0 > last.at + last.lasts }) ?? true else {
            throw NetworkProfileError(pointer: reader.pointer(to: "every"), text: "must be longer than the schedule")
        }
        return .scripted(gaps, period: period)
    }
}
