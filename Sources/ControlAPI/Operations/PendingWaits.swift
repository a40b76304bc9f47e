import PushLedger
import Synchronization

/// The waits of control calls that have not ended: each ends once, with its outcome, or because all have to.
final class PendingWaits: Sendable {
    private struct State {
        var lastNumber: UInt64 = 0
        var waits: [UInt64: Wait] = [:]
        var isClosed = false
    }

    private struct Wait {
        var continuation: CheckedContinuation<WaitOutcome, any Error>
        var task: Task<Void, Never>?
    }

    private let state = Mutex(State())

    /// Runs `body` until it answers, its caller is cancelled, or `close` is called.
    func outcome(of body: @escaping @Sendable () async throws -> WaitOutcome) async throws -> WaitOutcome {
        let number = self.state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isOpen = self.state.withLock { state in
                    guard !state.isClosed else { return false }
                    state.waits[number] = Wait(continuation: continuation)
                    return true
                }
                guard isOpen else { return continuation.resume(throwing: ControlError.stopping) }
                let task = Task {
                    do {
                        try Task.checkCancellation()
                        self.end(number, with: .success(try await body()))
                    } catch {
                        self.end(number, with: .failure(error))
                    }
                }
                let isOver = self.state.withLock { state in
                    state.waits[number]?.task = task
                    return state.waits[number] == nil
                }
                if isOver { task.cancel() }
                if Task.isCancelled { self.end(number, with: .failure(CancellationError())) }
            }
        } onCancel: {
            self.end(number, with: .failure(CancellationError()))
        }
    }

    /// Ends all waits; from now on none begins.
    func close() {
        let waits = self.state.withLock { state in
            state.isClosed = true
            defer { state.waits = [:] }
            return state.waits
        }
        for wait in waits.values {
            wait.task?.cancel()
            wait.continuation.resume(throwing: ControlError.stopping)
        }
    }

    private func end(_ number: UInt64, with result: Result<WaitOutcome, any Error>) {
        guard let wait = self.state.withLock({ $0.waits.removeValue(forKey: number) }) else { return }
        wait.task?.cancel()
        wait.continuation.resume(with: result)
    }
}
