package import PushStore
package import PushVocabulary

/// Where the product clock stands, as far as the passing of real time does not tell.
struct KeptClock: Hashable, Sendable, Codable {
    var mode: ProductClock.Mode
    /// Of a stopped clock: nanoseconds since 1970.
    var stoppedAt: Int64?
    /// Of a running one: how far it is ahead of the system's, in nanoseconds.
    var ahead: Int64?

    init(_ clock: ProductClock) {
        switch clock.position {
        case .following(let ahead): (self.mode, self.ahead) = (.real, ahead.wholeNanoseconds)
        case .frozen(let instant): (self.mode, self.stoppedAt) = (.manual, instant.nanosecondsSinceEpoch)
        }
    }
}

extension OpenedState {
    /// The clock with which a service goes on: as it was left, stopped or running, so that time never runs backwards.
    ///
    /// - Parameter mode: whether it is to run; `nil`: as it did.
    package func clock(_ mode: ProductClock.Mode?) -> ProductClock {
        guard let body = self.documents.first(where: { $0.kind == StateDocuments.clock })?.body,
            let kept = try? KeptJSON.value(body, StateDocuments.clock) as KeptClock
        else { return ProductClock(mode ?? .real) }
        let position: ProductClock.Position =
            if let stoppedAt = kept.stoppedAt {
                .frozen(Instant(nanosecondsSinceEpoch: stoppedAt))
            } else {
                .following(ahead: .nanoseconds(kept.ahead ?? 0))
            }
        return ProductClock(mode ?? kept.mode, from: position)
    }
}
