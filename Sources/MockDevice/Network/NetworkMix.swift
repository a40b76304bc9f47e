/// Which networks the devices of a fleet have, and in which proportion.
package struct NetworkMix: Hashable, Sendable {
    package struct Share: Hashable, Sendable {
        package var network: NetworkProfile
        /// How many devices have it, for each of the others' weights.
        package var weight: Int

        package init(_ network: NetworkProfile, weight: Int = 1) {
            self.network = network
            self.weight = weight
        }
    }

    package static let maximumShares = 64
    package static let weights = 1...10_000

    package let shares: [Share]

    /// - Parameter shares: none: the ideal network for all.
    package init(_ shares: [Share] = []) {
        self.shares = shares.isEmpty ? [Share(.ideal)] : shares
    }

    package init(_ network: NetworkProfile) { self.init([Share(network)]) }

    /// The network of each of so many devices, one after the other: whichever stretch of them one looks at has about the
    /// proportion asked for, with no chance in it.
    package func networks(count: Int) -> [NetworkProfile] {
        let total = self.shares.reduce(0) { $0 + $1.weight }
        var credits = self.shares.map { _ in 0 }
        return (0..<count).map { _ in
            var richest = 0
            for index in self.shares.indices {
                credits[index] += self.shares[index].weight
                if credits[index] > credits[richest] { richest = index }
            }
            credits[richest] -= total
            return self.shares[richest].network
        }
    }
}
