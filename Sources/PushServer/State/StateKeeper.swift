import DequeModule
import NIOCore
import PushLedger
import PushStore

/// Why a call cannot be answered: what it would tell is not in the state file yet, and cannot be written there now.
package struct StateNotWritten: Error, Hashable, Sendable, CustomStringConvertible {
    package let path: String
    package let detail: String

    package var description: String { "\(self.path) cannot be written: \(self.detail)" }
}

/// Sees to it that nothing leaves the process before what it is based on is in the state file.
///
/// 1. Whoever is about to tell the outside something asks for a `ticket`, and tells it when that is good.
/// 2. While one batch of changes is being written, those that follow are gathered; they are the next batch. So the more
///    there is to do, the more goes into one transaction, and the event loop never waits for the disk.
/// 3. What cannot be written is held back until it can be; calls that wait for it are told so.
///
/// Confined to the event loop of its broker's host.
package final class StateKeeper {
    /// New notifications that may wait to be written before connections are no longer read from.
    static let maximumUnwritten = 8_192

    private let writer: StateWriter
    private let eventLoop: any EventLoop
    /// The batches handed over, and those of them that are safe.
    private var handedOver = 0
    private var safe = 0
    private var isOwed = false
    /// Both in the order of their tickets.
    private var waiting = Deque<(ticket: Int, tell: () -> Void)>()
    private var calls = Deque<(ticket: Int, promise: EventLoopPromise<Void>)>()
    private var heldReads: [() -> Void] = []

    init(writer: StateWriter, eventLoop: any EventLoop) {
        self.writer = writer
        self.eventLoop = eventLoop
    }

    /// What is in the way of writing; `nil`: nothing.
    package var failure: StateNotWritten? { self.writer.notWritten }

    // MARK: - Telling

    /// The batch that has to be safe before anything known now may be told; `nil`: it is safe already.
    func ticket(_ host: BrokerHost) -> Int? {
        if host.hasUnwrittenChanges {
            self.owe(host)
            return self.handedOver + 1
        }
        return self.safe == self.handedOver ? nil : self.handedOver
    }

    /// Calls `tell` when the batch is safe. Tickets must not be older than those before.
    func when(_ ticket: Int, _ tell: @escaping () -> Void) {
        self.waiting.append((ticket, tell))
    }

    /// Succeeds when everything known now is safe.
    func whenSafe(_ host: BrokerHost) -> EventLoopFuture<Void> {
        guard let ticket = self.ticket(host) else { return self.eventLoop.makeSucceededVoidFuture() }
        if let failure { return self.eventLoop.makeFailedFuture(failure) }
        let promise = self.eventLoop.makePromise(of: Void.self)
        self.calls.append((ticket, promise))
        return promise.futureResult
    }

    // MARK: - Reading

    /// Whether so much waits to be written that no more should be read.
    func isBehind(_ host: BrokerHost) -> Bool {
        self.safe < self.handedOver && host.ledger.newCount >= Self.maximumUnwritten
    }

    /// Calls `read` when there is room again.
    func holdRead(_ read: @escaping () -> Void) { self.heldReads.append(read) }

    // MARK: - Writing

    /// Hands over what has changed, soon: with all that the other connections bring in the same round of the loop.
    func owe(_ host: BrokerHost) {
        guard !self.isOwed, self.safe == self.handedOver else { return }
        self.isOwed = true
        self.eventLoop.assumeIsolated().execute {
            self.isOwed = false
            self.handOver(host)
        }
    }

    private func handOver(_ host: BrokerHost) {
        guard self.safe == self.handedOver, host.hasUnwrittenChanges else { return }
        self.handedOver += 1
        let keeper = NIOLoopBound(self, eventLoop: self.eventLoop)
        let bound = NIOLoopBound(host, eventLoop: self.eventLoop)
        let eventLoop = self.eventLoop
        self.writer.write(host.takeChanges()) {
            eventLoop.execute { keeper.value.refuseCalls() }
        } written: {
            eventLoop.execute { keeper.value.becameSafe(bound.value) }
        }
        let reads = self.heldReads
        self.heldReads = []
        for read in reads { read() }
    }

    private func becameSafe(_ host: BrokerHost) {
        self.safe += 1
        // The next batch first: it is written while this one's news goes out.
        self.handOver(host)
        while let first = self.waiting.first, first.ticket <= self.safe {
            self.waiting.removeFirst()
            first.tell()
        }
        while let first = self.calls.first, first.ticket <= self.safe {
            self.calls.removeFirst()
            first.promise.succeed()
        }
    }

    /// Nobody who asked over the control API waits for a full disk.
    private func refuseCalls() {
        guard let failure else { return }
        let calls = self.calls
        self.calls = []
        for call in calls { call.promise.fail(failure) }
    }

    // MARK: - The end

    /// Writes what is left, if it can be, and closes the file.
    func close(_ host: BrokerHost) -> EventLoopFuture<Void> {
        let (writer, eventLoop) = (self.writer, self.eventLoop)
        return self.whenSafe(host).flatMapError { _ in eventLoop.makeSucceededVoidFuture() }.flatMap {
            let promise = eventLoop.makePromise(of: Void.self)
            promise.completeWithTask { await writer.close() }
            return promise.futureResult
        }
    }
}

extension StateWriter {
    var notWritten: StateNotWritten? { self.failure.map { StateNotWritten(path: self.path, detail: $0) } }
}

extension BrokerHost {
    /// Whether clients wait for the service: what they have sent cannot be written down, or not that fast.
    var isHeldUp: Bool { self.keeper.map { $0.failure != nil || $0.isBehind(self) } ?? false }

    /// Succeeds when everything known now is in the state file; at once without one.
    func whenSafe(on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        self.keeper?.whenSafe(self) ?? eventLoop.makeSucceededVoidFuture()
    }
}
