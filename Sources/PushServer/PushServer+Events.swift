package import NIOCore
import PushLedger
import PushVocabulary
import Synchronization

extension PushServer {
    /// Waits for an event behind a place in the log.
    ///
    /// - Parameters:
    ///   - position: the number of the last event that was looked at.
    ///   - time: real time.
    /// - Returns: whether there is one; `false`: the time is up.
    /// - Throws: `CancellationError` when its task is cancelled, an event loop's error when the server has stopped.
    package func awaitEvent(after position: UInt64, within time: TimeAmount) async throws -> Bool {
        let (host, eventLoop) = self.brokerHome
        let promise = eventLoop.makePromise(of: Bool.self)
        let ticket = Mutex<EventWatchID?>(nil)
        return try await withTaskCancellationHandler {
            eventLoop.execute {
                let watch = host.value.ledger.watchEvents(after: position) { promise.succeed(true) }
                guard let watch else { return }
                ticket.withLock { $0 = watch }
                let alarm = eventLoop.assumeIsolated().scheduleTask(in: time) {
                    if host.value.ledger.cancelEventWatch(watch) { promise.succeed(false) }
                }
                promise.futureResult.whenComplete { _ in alarm.cancel() }
            }
            return try await promise.futureResult.get()
        } onCancel: {
            // Behind the call that registers the watch: the loop keeps the order.
            eventLoop.execute {
                guard let watch = ticket.withLock({ $0 }), host.value.ledger.cancelEventWatch(watch) else { return }
                promise.fail(CancellationError())
            }
        }
    }

    /// Tells those who read along what the clock shows now.
    package func noteClock() {
        let (host, eventLoop) = self.brokerHome
        eventLoop.execute {
            let host = host.value
            host.ledger.noteClock(host.clock.mode, at: host.clock.now)
        }
    }

    /// Lets go of everybody who waits for an event, now and from now on: the server is about to stop.
    package func closeEvents() {
        let (host, eventLoop) = self.brokerHome
        eventLoop.execute { host.value.ledger.closeEvents() }
    }
}
