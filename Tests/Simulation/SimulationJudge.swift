import APNSWire
import NIOCore
import PushBroker
import PushIdentity
import PushLedger
import PushServer
import PushTransport
import PushVocabulary

/// Knows what was sent, what arrived and the rules, and nothing of how the service keeps them.
struct SimulationJudge {
    private struct Place: Hashable {
        var environment: Environment
        var topic: Topic
    }

    private(set) var problem: String?
    /// By their numbers: what phones have received.
    private var received: Set<Int> = []
    private var finalFates: [NotificationID: Fate] = [:]
    private var seenUpTo: UInt64 = 0
    /// By phone, then by topic: since when the service must know that the app is gone.
    private var removals = Array(
        repeating: Array(repeating: Instant?.none, count: SimulatedWorld.topics.count),
        count: SimulatedWorld.phoneCount
    )
    private var feedback: [Place: [DeviceToken: Instant]] = [:]

    mutating func complain(_ text: String) {
        if self.problem == nil { self.problem = text }
    }

    private mutating func expect(_ condition: Bool, _ text: @autoclosure () -> String) {
        if !condition { self.complain(text()) }
    }

    // MARK: - After each step

    mutating func look(at world: SimulatedWorld) {
        self.expect(world.host.ledger.counters.addUp, "the counters do not add up: \(world.host.ledger.counters)")
        let next = world.host.ledger.nextNotificationID.rawValue
        while self.seenUpTo + 1 < next {
            self.seenUpTo += 1
            let id = NotificationID(rawValue: self.seenUpTo)
            guard case .found(let entry) = world.host.ledger.notification(id) else {
                self.complain("\(id) is not in the ledger")
                continue
            }
            self.lookAtNew(entry, in: world)
        }
    }

    /// The verdict, and the feedback that follows from it.
    private mutating func lookAtNew(_ entry: NotificationEntry, in world: SimulatedWorld) {
        guard let push = entry.push(in: world) else { return }
        let provider = world.providers[push.provider]
        // By a rule: not what the service would have done.
        if entry.note?.contains("rule-") == true || entry.fate?.kind == .lost { return }
        let isKnown = world.phones[push.phone].environment == provider.environment
        switch entry.verdict {
        case .accepted: self.expect(isKnown, "\(entry.id) was accepted for another environment's token")
        case .rejected(let status): self.expect(!isKnown && status == 8, "\(entry.id) was refused with \(status)")
        case .discarded: return
        }
        let topic = SimulatedWorld.topics.firstIndex(of: provider.topic) ?? 0
        guard entry.verdict == .accepted else { return }
        let removedAt = self.removals[push.phone][topic]
        let isUndeliverable = entry.timeline.contains { $0.event == .fate(.undeliverable(.appRemoved)) }
        self.expect(
            isUndeliverable == (removedAt != nil),
            "\(entry.id), app gone since \(removedAt as Any): \(entry.fate as Any)"
        )
        guard let removedAt else { return }
        let place = Place(environment: provider.environment, topic: provider.topic)
        self.feedback[place, default: [:]][world.tokens[push.phone][topic]] = removedAt
    }

    /// The service learns that an app is gone when its phone says so, and that it is back when it asks for its token.
    mutating func service(learned message: CourierMessage, from phone: SimulatedPhone, in world: SimulatedWorld) {
        guard let number = world.phones.firstIndex(where: { $0 === phone }) else { return }
        for (topic, hash) in SimulatedWorld.topics.map(\.hash).enumerated() {
            switch message {
            case .filter(let filter) where filter.removed.contains(hash):
                self.removals[number][topic] = self.removals[number][topic] ?? world.clock.now
            case .appTokenRequest(let request) where request.topic == hash: self.removals[number][topic] = nil
            default: break
            }
        }
    }

    /// Nothing goes to a device whose Filter, as it has reached the service, does not cover the topic.
    mutating func service(
        sent notification: CourierNotification,
        to phone: SimulatedPhone,
        on wire: SimulatedCourierWire
    ) {
        self.expect(
            wire.filters.contains { filter in notification.topic.map { filter.covers($0) } ?? false },
            "message \(notification.messageIdentifier) was sent to \(phone.name), whose Filter does not cover its topic"
        )
    }

    mutating func phone(_ phone: SimulatedPhone, received notification: CourierNotification, in world: SimulatedWorld) {
        guard let number = SimulatedWorld.number(in: notification.payload.readableBytesView),
            let push = world.push(number: number)
        else {
            return self.complain("\(phone.name) got what nobody sent: \(String(buffer: notification.payload))")
        }
        let provider = world.providers[push.provider]
        self.received.insert(number)
        self.expect(world.phones[push.phone] === phone, "\(phone.name) got push \(number), which is another's")
        self.expect(phone.environment == provider.environment, "push \(number) crossed environments")
        self.expect(notification.topic == provider.topic.hash, "push \(number) came under another topic")
        let id = NotificationID(rawValue: UInt64(notification.messageIdentifier))
        guard case .found(let entry) = world.host.ledger.notification(id), entry.push(in: world)?.number == number
        else {
            return self.complain("message \(notification.messageIdentifier) is not push \(number)")
        }
        let sentAt = Instant(nanosecondsSinceEpoch: Int64(notification.timestamp ?? 0))
        let hasWaited = sentAt > entry.clockAt || notification.storageFlags ?? 0 != 0
        // What comes with its time already past has its one attempt, behind what is in flight.
        guard hasWaited, let expiry = push.expiry, Instant(unixSeconds: Int64(expiry)) > entry.clockAt else { return }
        self.expect(
            sentAt < Instant(unixSeconds: Int64(expiry)),
            "push \(number) was sent at \(sentAt), after it had waited beyond its expiry \(expiry)"
        )
    }

    mutating func feedbackRead(_ entries: [FeedbackEntry], by provider: SimulatedProvider) {
        let place = Place(environment: provider.environment, topic: provider.topic)
        let read = Dictionary(entries.map { ($0.token, $0.since) }, uniquingKeysWith: { $1 })
        let expected = self.feedback.removeValue(forKey: place) ?? [:]
        self.expect(read == expected, "feedback for \(place) is \(entries), expected \(expected)")
        self.expect(read.count == entries.count, "feedback names a token twice: \(entries)")
    }

    // MARK: - Now and then

    mutating func lookThrough(_ world: SimulatedWorld) {
        let entries = world.host.ledger.notifications(limit: .max).items
        self.count(entries, world.host.ledger.counters)
        self.lookAtSlots(entries, in: world)
        self.lookAtRemovals(in: world)
        self.lookAtOrder(entries, in: world)
        for entry in entries {
            guard let fate = entry.fate, fate.kind.isFinal else { continue }
            let former = self.finalFates.updateValue(fate, forKey: entry.id)
            self.expect(former == nil || former == fate, "\(entry.id) was \(former as Any) and became \(fate)")
            if case .coalesced(let newer) = fate {
                let other = entries.first { $0.id == newer }
                self.expect(
                    newer > entry.id && other?.token == entry.token && other?.verdict == .accepted,
                    "\(entry.id) was replaced by \(newer), which is no newer one for its app"
                )
            }
            if fate == .delivered, let push = entry.push(in: world) {
                self.expect(self.received.contains(push.number), "\(entry.id) is delivered, and no phone has it")
            }
        }
    }

    private mutating func count(_ entries: [NotificationEntry], _ counters: Counters) {
        for kind in FateKind.allCases {
            let seen = entries.count { $0.fate?.kind == kind }
            self.expect(seen == counters[kind], "\(seen) are \(kind), and the counter says \(counters[kind])")
        }
        for kind in VerdictKind.allCases {
            let seen = entries.count { $0.verdict.kind == kind }
            self.expect(seen == counters[kind], "\(seen) are \(kind), and the counter says \(counters[kind])")
        }
    }

    /// A slot holds one that waits and one on its way. Nothing waits without a reason, or beyond its time.
    private mutating func lookAtSlots(_ entries: [NotificationEntry], in world: SimulatedWorld) {
        var open: [FateKind: [DeviceToken: NotificationEntry]] = [:]
        for entry in entries {
            guard let kind = entry.fate?.kind, !kind.isFinal, let token = entry.token else { continue }
            let former = open[kind, default: [:]].updateValue(entry, forKey: token)
            self.expect(former == nil, "two are \(kind) for the app of \(token)")
        }
        for (token, entry) in open[.stored] ?? [:] {
            guard let push = entry.push(in: world), let topic = entry.topic else { continue }
            let isBehindAnother = open[.inFlight]?[token] != nil
            self.expect(
                isBehindAnother || !world.phones[push.phone].isKnownToTake(topic.hash),
                "\(entry.id) waits: \(entry.fate as Any), and its phone would take it"
            )
            guard let expiry = push.expiry.map({ Instant(unixSeconds: Int64($0)) }) else { continue }
            self.expect(
                expiry > entry.clockAt ? world.clock.now < expiry : isBehindAnother,
                "\(entry.id) waits: \(entry.fate as Any), and may do so until \(expiry) only"
            )
        }
    }

    private mutating func lookAtRemovals(in world: SimulatedWorld) {
        for (number, phone) in world.phones.enumerated() {
            let view = world.host.broker.device(named: phone.name).flatMap { world.host.broker.view(of: $0) }
            let known = view?.apps.map(\.removedAt) ?? []
            let told = self.removals[number]
            self.expect(known == told, "the apps of \(phone.name) are gone since \(told), the service has \(known)")
        }
    }

    /// Behind a refusal nothing is judged, on the same connection; no push is there twice.
    private mutating func lookAtOrder(_ entries: [NotificationEntry], in world: SimulatedWorld) {
        var refused: Set<ConnectionID> = []
        var numbers: Set<Int> = []
        for entry in entries {
            self.expect(
                entry.verdict.kind == .discarded || !refused.contains(entry.connection),
                "\(entry.id) was judged behind a refusal"
            )
            if entry.verdict.kind == .rejected { refused.insert(entry.connection) }
            guard let push = entry.push(in: world) else { continue }
            self.expect(numbers.insert(push.number).inserted, "push \(push.number) is in the ledger twice")
        }
    }

    // MARK: - In the end

    /// Every connection is gone, and with it every call that was owed to it.
    mutating func lookAtWhatIsLeft(_ world: SimulatedWorld) {
        let open = world.host.ledger.connections(isOpen: true).filter { $0.service != .feedback }
        self.expect(open.isEmpty, "connections are open for ever: \(open.map(\.id))")
        let (due, deadline) = (world.host.timers.nextDue, world.host.broker.nextDeadline)
        self.expect(
            due == deadline,
            "there are no connections, and a call is due at \(due as Any), for the broker at \(deadline as Any)"
        )
    }

    mutating func lookAtTheEnd(_ world: SimulatedWorld) {
        let entries = world.host.ledger.notifications(limit: .max).items
        for entry in entries where entry.verdict == .accepted {
            self.expect(entry.fate?.kind.isFinal == true, "\(entry.id) is \(entry.fate as Any) for ever")
        }
        self.expect(world.host.timers.nextDue == nil, "a call is still due at \(world.host.timers.nextDue as Any)")
        // What arrived whole is in the ledger, in its order; after a rule closed the connection, only what was before.
        for past in world.providers.flatMap(\.past) {
            let listed = entries.filter { $0.connection == past.connection }.compactMap { $0.push(in: world)?.number }
            let arrived = past.arrived.filter { $0 >= 0 }
            if case .closed(by: .fault, _)? = world.host.ledger.connection(past.connection)?.outcome {
                self.expect(arrived.starts(with: listed), "\(past.connection) carried \(arrived), listed are \(listed)")
            } else {
                self.expect(arrived == listed, "\(past.connection) carried \(arrived), listed are \(listed)")
            }
        }
    }
}

extension NotificationEntry {
    /// What its provider meant; `nil` for frames that are bad on purpose.
    fileprivate func push(in world: SimulatedWorld) -> SimulatedWorld.Push? {
        SimulatedWorld.number(in: self.content.payload).flatMap { world.push(number: $0) }
    }
}
