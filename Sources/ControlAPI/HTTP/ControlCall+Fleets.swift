import MockDevice
import PushVocabulary

extension ControlCall {
    func fleets() async throws -> ControlAnswer {
        let items = try await self.operations.fleets()
        return .json(["items": .array(items.map(\.json)), "total": .number(items.count)])
    }

    func fleet() async throws -> ControlAnswer {
        .json(try await self.operations.fleet(self.parameter("name")).json)
    }

    func postFleet() async throws -> ControlAnswer {
        let wanted = try FleetSpecification(self.body ?? [:], networks: self.operations.facts.networks)
        let fleet = try await self.operations.addFleet(wanted)
        return .made(fleet.json, at: "/v1/fleets/\(PercentEncoding.encoded(wanted.name))")
    }

    func patchFleet() async throws -> ControlAnswer {
        let (patch, networks) = (self.body ?? [:], self.operations.facts.networks)
        let fleet = try await self.operations.changeFleet(self.parameter("name")) { present in
            var wanted = present
            try wanted.change(patch, networks: networks)
            return wanted
        }
        return .json(fleet.json)
    }

    func deleteFleet() async throws -> ControlAnswer {
        try await self.operations.deleteFleet(self.parameter("name"))
        return .empty
    }

    func wakeUpFleet() async throws -> ControlAnswer {
        let body = try BodyReader(self.body ?? [:], fields: ["connectRate"])
        let rate = try body.connectRate()
        return .json(try await self.operations.wakeUpFleet(self.parameter("name"), rate: rate).json)
    }

    func reconnectFleet() async throws -> ControlAnswer {
        let body = try BodyReader(self.body ?? [:], fields: ["jitter"])
        let (name, jitter) = (self.parameter("name"), try body.jitter("jitter"))
        let cut = try await self.operations.reconnectFleet(name, jitter: jitter)
        return .json(["cut": .number(cut), "fleet": try await self.operations.fleet(name).json])
    }

    func waitForFleet() async throws -> ControlAnswer {
        let goals = ["online", "registered", "connected", "received"]
        let body = try BodyReader(self.body ?? [:], fields: goals + ["timeoutMs"])
        func number(_ name: String) throws(ControlError) -> Int? { try body.integer(name, in: 0...Int(Int32.max)) }
        let goal = ControlOperations.FleetGoal(
            online: try number("online"),
            registered: try number("registered"),
            connected: try number("connected"),
            received: try number("received")
        )
        let milliseconds = try body.integer("timeoutMs", in: 0...600_000) ?? 5_000
        let (isReached, fleet) = try await self.operations.waitForFleet(
            self.parameter("name"),
            goal,
            timeout: .milliseconds(milliseconds)
        )
        return .json(["satisfied": .bool(isReached), "fleet": fleet.json])
    }
}
