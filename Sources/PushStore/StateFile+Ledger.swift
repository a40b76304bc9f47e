import PushBroker
import PushLedger
import PushVocabulary

/// How the ledger's part is written.
extension StateFile {
    func write(_ changes: LedgerChanges) throws(SQLiteError) {
        if changes.forgetsEverything { try self.database.execute("DELETE FROM notifications; DELETE FROM pruned") }
        for (kind, rows) in [("topic", changes.topics), ("device", changes.devices), ("rule", changes.rules)] {
            for row in rows {
                try self.database.statement("INSERT OR REPLACE INTO ledger_names VALUES(?, ?, ?)")
                    .bind(kind).bind(row.number).bind(row.name).run()
            }
        }
        for number in changes.goneNotifications { try self.delete(Int64(bitPattern: number), from: "notifications") }
        for notification in changes.notifications { try self.write(notification) }
        for number in changes.gonePruned { try self.delete(Int64(bitPattern: number), from: "pruned") }
        for row in changes.pruned {
            try self.database.statement("INSERT OR REPLACE INTO pruned VALUES(?, ?, ?)")
                .bind(Int64(bitPattern: row.number)).bind(row.topic).bind(row.fate?.rawValue).run()
        }
        for row in changes.counters {
            let statement = try self.database.statement(
                "INSERT OR REPLACE INTO counters VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            )
            statement.bind(row.topic)
            for column in Counters.columns { statement.bind(row.counters[keyPath: column.path]) }
            try statement.run()
        }
        try self.write(changes.position)
    }

    private func write(_ position: LedgerState.Position) throws(SQLiteError) {
        try self.database.statement("INSERT OR REPLACE INTO position VALUES(1, ?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(Int64(bitPattern: position.first)).bind(Int64(bitPattern: position.next))
            .bind(Int64(bitPattern: position.forgottenBelow)).bind(Int64(bitPattern: position.firstEpoch))
            .bind(Int64(bitPattern: position.epoch)).bind(position.prunedCount).bind(position.openedConnections)
            .bind(position.feedbackReads).run()
    }

    private func write(_ notification: KeptNotification) throws(SQLiteError) {
        let statement = try self.database.statement(
            """
            INSERT OR REPLACE INTO notifications
            VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        let received = notification.received
        let result = Self.withBytes(received, notification.steps) { token, steps in
            received.content.frame.withUnsafeBytes { frame in
                Result { () throws(SQLiteError) in
                    statement.bind(Int64(bitPattern: notification.number))
                        .bind(received.receivedAt.nanosecondsSinceEpoch).bind(received.clockAt.nanosecondsSinceEpoch)
                        .bind(received.environment.rawValue).bind(received.topic.number).bind(received.device.number)
                    if received.token == nil {
                        statement.bind(Int64?.none).bind(token)
                    } else {
                        statement.bind(token).bind(Int64?.none)
                    }
                    let verdict = received.verdict.kept(wasAnswered: notification.wasAnswered)
                    statement.bind(verdict.kind).bind(verdict.detail).bind(received.connection.rawValue).bind(frame)
                        .bind(received.content.payloadRange.lowerBound).bind(received.content.payloadRange.upperBound)
                        .bind(Int64(received.wire.command)).bind(received.wire.identifier.map { Int64($0) })
                        .bind(received.wire.expiry.map { Int64($0) }).bind(received.wire.priority.map { Int64($0) })
                        .bind(Int64(bitPattern: received.wire.offset)).bind(received.wire.length)
                        .bind(Int64(notification.fate)).bind(Int64(bitPattern: notification.fateDetail))
                    statement.bind(steps).bind(notification.omittedSteps).bind(notification.note)
                    try statement.run()
                }
            }
        }
        try result.get()
    }

    /// The token's bytes, usual or not, and the steps', all in their places until `body` returns.
    private static func withBytes<Value>(
        _ received: ReceivedNotification,
        _ steps: [UInt8],
        _ body: (_ token: UnsafeRawBufferPointer, _ steps: UnsafeRawBufferPointer) -> Value
    ) -> Value {
        steps.withUnsafeBytes { steps in
            guard let token = received.token else { return received.unusualToken.withUnsafeBytes { body($0, steps) } }
            return token.withBytes { body($0, steps) }
        }
    }
}

/// How verdicts are written: 0 accepted, 1 rejected without a word, 2 discarded, 3 rejected and told so.
extension Verdict {
    static let rejectedAndAnswered: Int64 = 3

    fileprivate func kept(wasAnswered: Bool) -> (kind: Int64, detail: Int64?) {
        switch self {
        case .accepted: (0, nil)
        case .rejected(let status): (wasAnswered ? Self.rejectedAndAnswered : 1, Int64(status))
        case .discarded(let cause): (2, cause.map { Int64(bitPattern: $0.rawValue) })
        }
    }

    init?(kept kind: Int64, detail: Int64?) {
        switch (kind, detail) {
        case (0, nil): self = .accepted
        case (1, let status?), (Self.rejectedAndAnswered, let status?):
            guard let status = UInt8(exactly: status) else { return nil }
            self = .rejected(status: status)
        case (2, let cause): self = .discarded(causedBy: cause.map { NotificationID(rawValue: UInt64(bitPattern: $0)) })
        default: return nil
        }
    }
}
