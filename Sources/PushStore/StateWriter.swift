import Dispatch
import Synchronization

/// Writes one batch of changes after the other, away from the event loop.
///
/// A batch that cannot be written, because the disk is full or the file was taken away, is tried again until it can:
/// nothing that has been decided is dropped. Until then `failure` says what is in the way.
package final class StateWriter: Sendable {
    /// Real time between two attempts.
    static let pause = DispatchTimeInterval.milliseconds(500)

    private let queue = DispatchQueue(label: "gatehouse.state", qos: .userInitiated)
    private let file: Mutex<StateFile?>
    private let latestFailure = Mutex<String?>(nil)
    package let path: String

    /// - Parameter file: loaded, and from now on the writer's alone.
    package init(_ file: consuming sending StateFile) {
        self.path = file.path
        self.file = Mutex(file)
    }

    /// What keeps the latest batch from being written; `nil`: nothing.
    package var failure: String? { self.latestFailure.withLock { $0 } }

    /// Writes a batch. Hand over the next one when this one is safe: one that is tried again must not come behind it.
    ///
    /// - Parameters:
    ///   - failed: told each time it could not be written, from another thread.
    ///   - written: called once, when the batch is safe, from another thread.
    package func write(
        _ changes: StateChanges,
        failed: @escaping @Sendable () -> Void,
        written: @escaping @Sendable () -> Void
    ) {
        self.queue.async { self.attempt(changes, failed: failed, written: written) }
    }

    private func attempt(
        _ changes: StateChanges,
        failed: @escaping @Sendable () -> Void,
        written: @escaping @Sendable () -> Void
    ) {
        do {
            let isOpen = try self.file.withLock { file in
                try file?.apply(changes)
                return file != nil
            }
            self.latestFailure.withLock { $0 = nil }
            if isOpen { written() }
        } catch {
            self.latestFailure.withLock { $0 = "\(error)" }
            failed()
            self.queue.asyncAfter(deadline: .now() + Self.pause) {
                self.attempt(changes, failed: failed, written: written)
            }
        }
    }

    /// The owner of the state finds that it cannot be used after all: the file keeps its bytes.
    package func refuse(_ detail: String) -> StateFileError {
        self.file.withLock { $0?.refuse(detail) } ?? .damaged(path: self.path, detail: detail)
    }

    /// Closes the file, behind what is being written. What comes later goes nowhere.
    package func close() async {
        await withCheckedContinuation { continuation in
            self.queue.async {
                self.file.withLock { $0 = nil }
                continuation.resume()
            }
        }
    }

    /// For tests of a full disk: the most pages the file may have.
    func limitPages(to count: Int) throws {
        try self.file.withLock { try $0?.database.execute("PRAGMA max_page_count=\(count)") }
    }
}
