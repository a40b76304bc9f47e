package import MockDevice
import PushVocabulary

extension NetworkProfile {
    /// Reads a profile's name, or its parameters.
    ///
    /// - Throws: `ControlError` with the place of what is wrong.
    package init(
        _ json: JSONValue,
        catalogue: NetworkCatalogue = .builtIn,
        at pointer: String
    ) throws(ControlError) {
        let object: JSONValue = if case .string(let name) = json { ["profile": .string(name)] } else { json }
        do throws(NetworkProfileError) {
            try self.init(json: object.bytes, catalogue: catalogue)
        } catch {
            if case .string = json { throw .invalid(.pointer(pointer), error.text) }
            throw .invalid(.pointer(pointer + error.pointer), error.text)
        }
    }

    /// As a request asks for it: by name where it has one.
    package var requestJSON: JSONValue {
        NetworkCatalogue.builtIn.profile(named: self.name) == self
            ? ["profile": .string(self.name)] : self.parametersJSON
    }

    /// With everything it says, as its file has it.
    package var parametersJSON: JSONValue {
        [
            "name": .string(self.name), "summary": .string(self.summary), "source": .string(self.source),
            "bearers": .array(self.bearers.map(\.json)),
            "connectTimeout": .string(self.connectTimeout.written),
            "retransmissionTimeout": .string(self.retransmissionTimeout.written),
        ]
    }
}

extension NetworkBearer {
    fileprivate var json: JSONValue {
        var members: [JSONValue.Member] = [
            JSONValue.Member("kind", .string(self.kind.rawValue)),
            JSONValue.Member("access", .string(self.access.rawValue)),
        ]
        func add(_ name: String, _ value: JSONValue?) {
            if let value { members.append(JSONValue.Member(name, value)) }
        }
        add("idleCutoff", self.idleCutoff.map { .string($0.written) })
        add("cut", self.idleCutoff == nil ? nil : .string(self.cut.rawValue))
        add("latency", self.latency == .zero ? nil : .string(self.latency.written))
        add("jitter", self.jitter == .zero ? nil : .string(self.jitter.written))
        add("bytesPerSecond", self.bytesPerSecond.map { .number($0) })
        add("acknowledgementLoss", self.acknowledgementLoss == 0 ? nil : .number("\(self.acknowledgementLoss)"))
        add("outages", self.outages?.json)
        return .object(members)
    }
}

extension NetworkOutages {
    fileprivate var json: JSONValue {
        var members: [JSONValue.Member]
        switch self.timing {
        case .random(let up, let down):
            members = [
                JSONValue.Member("up", [.string(up.lowerBound.written), .string(up.upperBound.written)]),
                JSONValue.Member("down", [.string(down.lowerBound.written), .string(down.upperBound.written)]),
            ]
        case .scripted(let gaps, let period):
            let written = gaps.map { gap -> JSONValue in
                ["at": .string(gap.at.written), "for": .string(gap.lasts.written)]
            }
            members = [JSONValue.Member("schedule", .array(written))]
            if let period { members.append(JSONValue.Member("every", .string(period.written))) }
        }
        members.append(JSONValue.Member("severs", .number("\(self.severs)")))
        members.append(JSONValue.Member("notices", .number("\(self.notices)")))
        return .object(members)
    }
}

extension NetworkPath.State {
    /// `bearer` is what the phone's connection takes, or would; `null` without coverage.
    var json: JSONValue {
        switch self {
        case .up(let kind): ["state": "up", "bearer": .string(kind.rawValue)]
        case .blocked(let kind): ["state": "blocked", "bearer": .string(kind.rawValue)]
        case .noCoverage: ["state": "no-coverage"]
        }
    }
}
