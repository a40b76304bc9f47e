import PushBroker
import PushLedger
import PushVocabulary

/// How everything is read. A row that no Gatehouse would have written is damage.
extension StateFile {
    func readAll() throws(SQLiteError) -> StoredRows {
        var state = StoredRows()
        state.broker.topics = try self.rows("SELECT id, hash, name FROM topics ORDER BY id") { row in
            guard let hash = TopicHash(row.bytes(1)), let index = Int32(exactly: row.number(0)) else { return nil }
            return BrokerState.TopicRow(index: index, hash: hash, name: row.text(2).map { Topic($0) })
        }
        state.broker.devices = try self.rows("SELECT id, name, environment, base_token FROM devices ORDER BY id") {
            Self.device($0)
        }
        state.broker.apps = try self.rows("SELECT id, device, topic, token, removed_at FROM apps ORDER BY id") {
            Self.app($0)
        }
        state.broker.slots = try self.slots()
        state.broker.feedback = try self.rows("SELECT topic, environment, token, since FROM feedback") { row in
            guard let topic = Int32(exactly: row.number(0)), let token = DeviceToken(row.bytes(2)),
                let environment = row.text(1).flatMap({ Environment(rawValue: $0) })
            else { return nil }
            let entry = FeedbackEntry(token: token, since: Instant(nanosecondsSinceEpoch: row.number(3)))
            return BrokerState.FeedbackRow(topic: topic, environment: environment, entry: entry)
        }
        state.ledger = try self.ledger()
        state.documents = try self.rows("SELECT kind, key, body FROM documents ORDER BY kind, key") { row in
            guard let kind = row.text(0), let key = row.text(1), let body = row.text(2) else { return nil }
            return StateDocument(kind: kind, key: key, body: body)
        }
        return state
    }

    /// - Parameter read: `nil` for a row that cannot be.
    func rows<Row>(_ sql: String, _ read: (SQLiteStatement) -> Row?) throws(SQLiteError) -> [Row] {
        let statement = try SQLiteStatement(sql, in: self.database)
        var rows: [Row] = []
        while try statement.step() {
            guard let row = read(statement) else {
                throw SQLiteError.damage("row \(rows.count + 1) of `\(sql)` makes no sense")
            }
            rows.append(row)
        }
        return rows
    }

    // MARK: - Broker

    private static func device(_ row: SQLiteStatement) -> BrokerState.DeviceRow? {
        guard let index = Int32(exactly: row.number(0)), let name = row.text(1), let token = DeviceToken(row.bytes(3)),
            let environment = row.text(2).flatMap({ Environment(rawValue: $0) })
        else { return nil }
        return BrokerState.DeviceRow(index: index, name: name, environment: environment, baseToken: token)
    }

    private static func app(_ row: SQLiteStatement) -> BrokerState.AppRow? {
        guard let index = Int32(exactly: row.number(0)), let device = Int32(exactly: row.number(1)),
            let topic = Int32(exactly: row.number(2)), let token = DeviceToken(row.bytes(3))
        else { return nil }
        return BrokerState.AppRow(
            index: index,
            device: device,
            topic: topic,
            token: token,
            removedAt: row.instant(4)
        )
    }

    private func slots() throws(SQLiteError) -> [BrokerState.SlotRow] {
        let contents = try self.rows(
            """
            SELECT id, notification, frame, payload_start, payload_end, kept_until, wire_expiry, priority
            FROM slots ORDER BY id
            """
        ) { row in Self.slotContent(row) }
        var slots: [BrokerState.SlotRow] = []
        for content in contents {
            let app = Int32(content.place / 2)
            if slots.last?.app != app { slots.append(BrokerState.SlotRow(app: app)) }
            if content.place.isMultiple(of: 2) {
                slots[slots.count - 1].inFlight = content.notification
            } else {
                slots[slots.count - 1].pending = content.notification
            }
        }
        return slots
    }

    private static func slotContent(_ row: SQLiteStatement) -> (place: Int64, notification: PushNotification)? {
        let place = row.number(0)
        guard 0...Int64(Int32.max) * 2 + 1 ~= place, let content = row.content(frame: 2, start: 3, end: 4),
            let wireExpiry = UInt32(exactly: row.number(6)), let priority = UInt8(exactly: row.number(7))
        else { return nil }
        return (
            place,
            PushNotification(
                id: NotificationID(rawValue: UInt64(bitPattern: row.number(1))),
                content: content,
                keptUntil: row.instant(5),
                wireExpiry: wireExpiry,
                priority: priority
            )
        )
    }

    // MARK: - Ledger

    private func ledger() throws(SQLiteError) -> LedgerState {
        var ledger = LedgerState()
        ledger.topics = try self.names("topic")
        ledger.devices = try self.names("device")
        ledger.rules = try self.names("rule")
        let columns = Counters.columns.map(\.name).joined(separator: ", ")
        ledger.counters = try self.rows("SELECT topic, \(columns) FROM counters ORDER BY topic") { row in
            guard let topic = Int(exactly: row.number(0)) else { return nil }
            var counters = Counters()
            for (position, column) in Counters.columns.enumerated() {
                counters[keyPath: column.path] = Int(row.number(Int32(position + 1)))
            }
            return LedgerState.CounterRow(topic: topic, counters: counters)
        }
        ledger.notifications = try self.rows("SELECT * FROM notifications ORDER BY id") { Self.notification($0) }
        ledger.pruned = try self.rows("SELECT id, topic, fate FROM pruned ORDER BY id") { row in
            let fate = row.text(2).map { FateKind(rawValue: $0) }
            guard fate != .some(nil) else { return nil }
            return LedgerState.PrunedRow(
                number: UInt64(bitPattern: row.number(0)),
                topic: Int(row.number(1)),
                fate: fate ?? nil
            )
        }
        if let position = try self.position() { ledger.position = position }
        return ledger
    }

    private func names(_ kind: String) throws(SQLiteError) -> [LedgerState.NameRow] {
        try self.rows("SELECT number, name FROM ledger_names WHERE kind = '\(kind)' ORDER BY number") { row in
            row.text(1).map { LedgerState.NameRow(number: Int(row.number(0)), name: $0) }
        }
    }

    private func position() throws(SQLiteError) -> LedgerState.Position? {
        try self.rows(
            """
            SELECT first, next, forgotten_below, first_epoch, epoch, pruned_count, opened_connections, feedback_reads
            FROM position
            """
        ) { row in
            var position = LedgerState.Position()
            position.first = UInt64(bitPattern: row.number(0))
            position.next = UInt64(bitPattern: row.number(1))
            position.forgottenBelow = UInt64(bitPattern: row.number(2))
            position.firstEpoch = UInt64(bitPattern: row.number(3))
            position.epoch = UInt64(bitPattern: row.number(4))
            position.prunedCount = Int(row.number(5))
            position.openedConnections = Int(row.number(6))
            position.feedbackReads = Int(row.number(7))
            return position
        }.first
    }

    private static func notification(_ row: SQLiteStatement) -> KeptNotification? {
        guard let environment = row.text(3).flatMap({ Environment(rawValue: $0) }),
            let topic = LedgerTopic(kept: Int(row.number(4))), let device = LedgerDevice(kept: Int(row.number(5))),
            let verdict = Verdict(kept: row.number(8), detail: row.optional(9)),
            let content = row.content(frame: 11, start: 12, end: 13), let wire = Self.wire(row),
            let fate = UInt8(exactly: row.number(20))
        else { return nil }
        let token = row.isNull(6) ? nil : DeviceToken(row.bytes(6))
        guard row.isNull(6) || token != nil else { return nil }
        let received = ReceivedNotification(
            receivedAt: Instant(nanosecondsSinceEpoch: row.number(1)),
            clockAt: Instant(nanosecondsSinceEpoch: row.number(2)),
            environment: environment,
            topic: topic,
            device: device,
            token: token,
            unusualToken: row.bytes(7),
            verdict: verdict,
            connection: ConnectionID(rawValue: Int(row.number(10))),
            content: content,
            wire: wire
        )
        return KeptNotification(
            number: UInt64(bitPattern: row.number(0)),
            received: received,
            wasAnswered: row.number(8) == Verdict.rejectedAndAnswered,
            fate: fate,
            fateDetail: UInt64(bitPattern: row.number(21)),
            steps: row.bytes(22),
            omittedSteps: Int(row.number(23)),
            note: row.text(24)
        )
    }

    private static func wire(_ row: SQLiteStatement) -> WireFacts? {
        guard let command = UInt8(exactly: row.number(14)) else { return nil }
        var facts = WireFacts(
            command: command,
            offset: UInt64(bitPattern: row.number(18)),
            length: Int(row.number(19))
        )
        if let identifier = row.optional(15) { facts.identifier = UInt32(truncatingIfNeeded: identifier) }
        if let expiry = row.optional(16) { facts.expiry = UInt32(truncatingIfNeeded: expiry) }
        if let priority = row.optional(17) { facts.priority = UInt8(truncatingIfNeeded: priority) }
        return facts
    }
}

extension SQLiteStatement {
    fileprivate func optional(_ column: Int32) -> Int64? { self.isNull(column) ? nil : self.number(column) }

    fileprivate func instant(_ column: Int32) -> Instant? {
        self.optional(column).map { Instant(nanosecondsSinceEpoch: $0) }
    }

    /// A frame, and where in it the payload stands; `nil` where it cannot.
    fileprivate func content(frame: Int32, start: Int32, end: Int32) -> PushContent? {
        let bytes = self.bytes(frame)
        let (start, end) = (self.number(start), self.number(end))
        guard start >= 0, start <= end, end <= Int64(bytes.count) else { return nil }
        return PushContent(frame: bytes, payloadRange: Int(start)..<Int(end))
    }
}
