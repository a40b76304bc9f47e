import PushBroker
import PushLedger
import PushVocabulary

extension StateFile {
    /// Writes changes, all of them or none. Applying the same again is harmless.
    ///
    /// - Throws: what SQLite says; the state is then as before.
    package func apply(_ changes: StateChanges) throws {
        try self.database.transaction { () throws(SQLiteError) in
            try self.write(changes.broker)
            try self.write(changes.ledger)
            for document in changes.documents { try self.write(document) }
        }
    }

    private func write(_ document: StateDocument) throws(SQLiteError) {
        guard let body = document.body else {
            return try self.database.statement("DELETE FROM documents WHERE kind = ? AND key = ?")
                .bind(document.kind).bind(document.key).run()
        }
        try self.database.statement("INSERT OR REPLACE INTO documents VALUES(?, ?, ?)")
            .bind(document.kind).bind(document.key).bind(body).run()
    }

    // MARK: - Broker

    private func write(_ changes: BrokerChanges) throws(SQLiteError) {
        let database = self.database
        for row in changes.topics {
            let statement = try database.statement("INSERT OR REPLACE INTO topics VALUES(?, ?, ?)")
            try statement.bind(Int64(row.index)).run(binding: row.hash.bytes) { $0.bind(row.name?.name) }
        }
        for id in changes.goneDevices { try self.delete(Int64(id), from: "devices") }
        for row in changes.devices {
            let statement = try database.statement("INSERT OR REPLACE INTO devices VALUES(?, ?, ?, ?)")
            try statement.bind(Int64(row.index)).bind(row.name).bind(row.environment.rawValue)
                .run(binding: row.baseToken.bytes)
        }
        for id in changes.goneApps { try self.delete(Int64(id), from: "apps") }
        for row in changes.apps {
            let statement = try database.statement("INSERT OR REPLACE INTO apps VALUES(?, ?, ?, ?, ?)")
            try statement.bind(Int64(row.index)).bind(Int64(row.device)).bind(Int64(row.topic))
                .run(binding: row.token.bytes) { $0.bind(row.removedAt?.nanosecondsSinceEpoch) }
        }
        for row in changes.slots {
            try self.write(row.inFlight, at: Int64(row.app) * 2)
            try self.write(row.pending, at: Int64(row.app) * 2 + 1)
        }
        for place in changes.goneFeedback {
            let statement = try database.statement(
                "DELETE FROM feedback WHERE topic = ? AND environment = ? AND token = ?"
            )
            try statement.bind(Int64(place.topic)).bind(place.environment.rawValue).run(binding: place.token.bytes)
        }
        for row in changes.feedback {
            let statement = try database.statement("INSERT OR REPLACE INTO feedback VALUES(?, ?, ?, ?)")
            try statement.bind(Int64(row.topic)).bind(row.environment.rawValue)
                .run(binding: row.entry.token.bytes) { $0.bind(row.entry.since.nanosecondsSinceEpoch) }
        }
    }

    private func write(_ notification: PushNotification?, at place: Int64) throws(SQLiteError) {
        guard let notification else { return try self.delete(place, from: "slots") }
        let statement = try self.database.statement("INSERT OR REPLACE INTO slots VALUES(?, ?, ?, ?, ?, ?, ?, ?)")
        let range = notification.content.payloadRange
        try statement.bind(place).bind(Int64(bitPattern: notification.id.rawValue))
            .run(binding: notification.content.frame) {
                $0.bind(range.lowerBound).bind(range.upperBound)
                    .bind(notification.keptUntil?.nanosecondsSinceEpoch).bind(Int64(notification.wireExpiry))
                    .bind(Int64(notification.priority))
            }
    }

    func delete(_ id: Int64, from table: String) throws(SQLiteError) {
        try self.database.statement("DELETE FROM \(table) WHERE id = ?").bind(id).run()
    }
}

extension SQLiteStatement {
    /// Binds these bytes, then what `rest` binds, and runs: the bytes stay where they are for so long.
    func run(binding bytes: [UInt8], then rest: (SQLiteStatement) -> Void = { _ in }) throws(SQLiteError) {
        let result = bytes.withUnsafeBytes { pointer in
            Result { () throws(SQLiteError) in
                self.bind(pointer)
                rest(self)
                try self.run()
            }
        }
        try result.get()
    }
}
