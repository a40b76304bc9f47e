import PushVocabulary

/// A fleet of a roster: what was asked for, and whose turn to connect has not come yet.
final class Fleet {
    var specification: FleetSpecification
    /// Its devices, by name, in their order, each with the network that is its own.
    private(set) var members: [(name: String, network: NetworkProfile)]
    var wave: ConnectWave?

    init(_ specification: FleetSpecification) {
        self.specification = specification
        self.members = []
        self.assignNetworks()
    }

    var names: [String] { self.members.map(\.name) }

    func assignNetworks() {
        let networks = self.specification.networks.networks(count: self.specification.count)
        self.members = zip(self.specification.deviceNames, networks).map { ($0, $1) }
    }

    func endWave() {
        self.wave?.end()
        self.wave = nil
    }
}
