package import PushBroker
import PushIdentity
import PushLedger
package import PushVocabulary

/// Carrying what has accumulated from one service to another.
extension BrokerHost {
    /// What has accumulated here. Apps whose name the service does not know, only their hash, are left out: nobody could
    /// push to them.
    package var accumulated: AccumulatedState {
        var state = AccumulatedState()
        let rows = self.broker.state
        for row in rows.apps {
            guard let topic = rows.topics[Int(row.topic)].name, let removedAt = row.removedAt,
                let device = rows.devices.first(where: { $0.index == row.device })
            else { continue }
            state.removedApps.append(
                AccumulatedState.RemovedApp(device: device.name, topic: topic, token: row.token, removedAt: removedAt)
            )
        }
        let apps = Dictionary(uniqueKeysWithValues: rows.apps.map { ($0.index, $0) })
        let names = Dictionary(uniqueKeysWithValues: rows.devices.map { ($0.index, $0.name) })
        for slot in rows.slots {
            guard let app = apps[slot.app], let topic = rows.topics[Int(app.topic)].name,
                let device = names[app.device],
                let waiting = slot.pending ?? slot.inFlight, let keptUntil = waiting.keptUntil
            else { continue }
            state.waiting.append(
                AccumulatedState.Waiting(
                    device: device,
                    topic: topic,
                    content: waiting.content,
                    keptUntil: keptUntil,
                    wireExpiry: waiting.wireExpiry,
                    priority: waiting.priority
                )
            )
        }
        state.feedback = rows.feedback.compactMap { row in
            rows.topics[Int(row.topic)].name.map {
                AccumulatedState.Feedback(topic: $0, environment: row.environment, entry: row.entry)
            }
        }.sorted {
            ($0.topic.name, $0.entry.since, $0.entry.token.hexadecimal) < (
                $1.topic.name, $1.entry.since, $1.entry.token.hexadecimal
            )
        }
        state.revoked = self.revokedFingerprints
        return state
    }

    /// Takes over what has accumulated elsewhere. The devices it names must be there; what is here already stays as it
    /// is, and taking the same over again changes nothing.
    package func takeOver(_ state: AccumulatedState) {
        for app in state.removedApps { self.takeOver(app) }
        for waiting in state.waiting { self.takeOver(waiting) }
        for feedback in state.feedback {
            self.addFeedback(feedback.entry, topic: feedback.topic, environment: feedback.environment)
        }
        for fingerprint in state.revoked { self.revoke(fingerprint: fingerprint) }
        self.settle()
    }

    private func takeOver(_ app: AccumulatedState.RemovedApp) {
        guard let device = self.broker.device(named: app.device) else { return }
        let topic = self.broker.topic(app.topic.hash, name: app.topic)
        guard self.broker.app(topic, on: device) == nil,
            let id = try? self.broker.install(topic, on: device, token: app.token, effects: &self.effects)
        else { return }
        self.broker.appRemoved(id, at: app.removedAt, effects: &self.effects)
    }

    /// It enters the ledger as a notification of its own: what it was called elsewhere means nothing here.
    private func takeOver(_ waiting: AccumulatedState.Waiting) {
        let now = self.clock.now
        guard let device = self.broker.device(named: waiting.device), waiting.keptUntil > now,
            let view = self.broker.view(of: device), let topic = self.broker.knownTopic(waiting.topic.hash),
            let app = self.broker.app(topic, on: device),
            let appView = view.apps.first(where: { $0.topicHash == waiting.topic.hash }),
            appView.pending == nil, appView.inFlight == nil, appView.removedAt == nil,
            !self.hasSeen(waiting, on: app)
        else { return }
        let received = ReceivedNotification(
            receivedAt: self.batchTime.wall,
            clockAt: now,
            environment: view.environment,
            topic: self.ledger.topic(waiting.topic),
            device: self.ledgerDevice(device),
            token: appView.token,
            verdict: .accepted,
            connection: ConnectionID(rawValue: 0),
            content: waiting.content,
            wire: WireFacts(
                command: waiting.content.frame.first ?? 0,
                expiry: waiting.wireExpiry,
                priority: waiting.priority,
                offset: 0,
                length: waiting.content.frame.count
            )
        )
        let id = self.ledger.append(received)
        self.ledger.attach(Self.importNote, to: id)
        let notification = PushNotification(
            id: id,
            content: waiting.content,
            keptUntil: waiting.keptUntil,
            wireExpiry: waiting.wireExpiry,
            priority: waiting.priority
        )
        self.broker.accept(notification, for: app, at: now, effects: &self.effects)
    }

    private static let importNote = "imported, while it waited for its device elsewhere"

    /// Whether it was imported before and has been delivered since.
    private func hasSeen(_ waiting: AccumulatedState.Waiting, on app: AppID) -> Bool {
        var filter = NotificationFilter()
        filter.topic = waiting.topic
        filter.token = self.broker.token(of: app)
        return self.ledger.notifications(matching: filter, limit: .max, order: .descending).items.contains {
            $0.content == waiting.content && $0.note == Self.importNote
        }
    }
}
