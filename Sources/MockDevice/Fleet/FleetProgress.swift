/// How far the devices of a fleet are, as they see it themselves.
package struct FleetProgress: Hashable, Sendable {
    /// Those that are there; one may have been removed.
    package var devices = 0
    /// Meant to be connected.
    package var wanted = 0
    /// Of these, whose turn has not come yet.
    package var waitingForTurn = 0
    /// With a connection.
    package var online = 0
    /// Of which every app that asked has its token.
    package var registered = 0
    /// Whose network lets nothing through at present, and they know.
    package var withoutNetwork = 0
    /// Connections made and notifications received, in all.
    package var connections = 0
    package var received = 0

    package init() {}
}
