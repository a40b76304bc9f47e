/// Lets one caller at a time work on what has a name, in the order in which they came.
actor NameTurns {
    private struct Waiting {
        let id: UInt64
        let turn: CheckedContinuation<Bool, Never>
    }

    private var queues: [String: [Waiting]] = [:]
    private var latest: UInt64 = 0

    /// - Parameter patience: real time to wait for those who came before.
    /// - Returns: whether it is the caller's turn now; it is to be given back then.
    func take(_ name: String, within patience: Duration) async -> Bool {
        guard self.queues[name] != nil else {
            self.queues[name] = []
            return true
        }
        self.latest += 1
        let id = self.latest
        let alarm = Task {
            try await Task.sleep(for: patience)
            self.giveUp(id, of: name)
        }
        defer { alarm.cancel() }
        return await withCheckedContinuation { self.queues[name]?.append(Waiting(id: id, turn: $0)) }
    }

    func give(_ name: String) {
        guard let queue = self.queues[name] else { return }
        if queue.isEmpty {
            self.queues[name] = nil
        } else {
            self.queues[name]?.removeFirst().turn.resume(returning: true)
        }
    }

    private func giveUp(_ id: UInt64, of name: String) {
        guard let place = self.queues[name]?.firstIndex(where: { $0.id == id }) else { return }
        self.queues[name]?.remove(at: place).turn.resume(returning: false)
    }
}

extension ControlOperations {
    /// Has calls about one device, or one fleet, wait for each other.
    ///
    /// - Throws: `ControlError` with `timedOut` when those before it take longer than `patience`; what `body` throws.
    package func oneAtATime<Result: Sendable>(
        _ name: String,
        within patience: Duration,
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        guard await self.turns.take(name, within: patience) else {
            throw ControlError(
                .timedOut,
                "what others asked of \(name) before has not ended within \(patience)",
                hint: "Something holds it up. Look at the fault rules (GET /v1/faults), then ask again."
            )
        }
        do {
            let result = try await body()
            await self.turns.give(name)
            return result
        } catch {
            await self.turns.give(name)
            throw error
        }
    }
}
