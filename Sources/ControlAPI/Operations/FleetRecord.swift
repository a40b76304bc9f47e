package import MockDevice

/// A fleet as it was asked for, how far its devices are, and how many of them the service sees.
package struct FleetRecord: Hashable, Sendable {
    package let specification: FleetSpecification
    package let progress: FleetProgress
    /// Of which the service has a connection.
    package let connectedCount: Int
}

extension FleetRecord {
    package var json: JSONValue {
        let progress = self.progress
        return .object(
            self.specification.members + [
                JSONValue.Member(
                    "progress",
                    [
                        "devices": .number(progress.devices), "wanted": .number(progress.wanted),
                        "waitingForTurn": .number(progress.waitingForTurn), "online": .number(progress.online),
                        "registered": .number(progress.registered), "connected": .number(self.connectedCount),
                        "withoutNetwork": .number(progress.withoutNetwork),
                    ]
                ),
                JSONValue.Member(
                    "counts",
                    ["connections": .number(progress.connections), "received": .number(progress.received)]
                ),
            ]
        )
    }
}
