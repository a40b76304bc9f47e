import NIOCore
import PushLedger
import PushTransport
import PushVocabulary

/// Rules about listeners are not asked when something happens: they are in force, or not, by the clock.
extension BrokerHost {
    /// What the listeners are told when a rule about them comes, goes, or has its time.
    struct ListenerControl {
        /// Has exactly these refuse connections; done when they do.
        let refuse: (Set<ListenerKey>) -> EventLoopFuture<Void>
        /// What was set off last.
        var work: EventLoopFuture<Void>?
        var nextCall: ProductTimers.ID?
    }

    /// Has the listeners stand as the rules have it, now and whenever a rule's time begins or ends.
    func reviewListeners() {
        guard let control = self.listenerControl else { return }
        if let call = control.nextCall { self.timers.cancel(call) }
        let (matches, next) = self.faults.refusals(at: self.clock.now)
        let keys = Environment.allCases.flatMap { environment in
            PushService.allCases.map { ListenerKey(environment: environment, service: $0) }
        }
        let refused = keys.filter { key in
            matches.contains { match in
                (match.service ?? key.service) == key.service
                    && (match.environment ?? key.environment) == key.environment
            }
        }
        self.listenerControl?.work = control.refuse(Set(refused))
        self.listenerControl?.nextCall = next.map { due in
            self.timers.schedule(at: due, for: "fault window") { [weak self] in self?.reviewListeners() }
        }
    }
}
