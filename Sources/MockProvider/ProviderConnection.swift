package import APNSWire
package import NIOCore

/// What a gateway said, as far as one has listened.
package enum GatewayAnswer: Hashable, Sendable {
    /// Nothing, in that time: which is what success sounds like.
    case silence
    case packet(ErrorPacket)
    /// The end of the stream without a packet: a simple frame was refused, or the command byte was unknown.
    case closed
}

/// How the service's half of a stream ended.
package enum StreamEnd: Hashable, Sendable {
    /// TLS said so: nothing was cut off.
    case closeNotify
    /// TCP ended without a word from TLS.
    case withoutCloseNotify
    /// TCP was reset; what was on its way may be lost.
    case reset
    /// TLS or the system gave up.
    case failed(String)
}

/// A provider's connection to a gateway or feedback service.
package final class ProviderConnection: Sendable {
    /// Until when to listen.
    package enum Extent: Hashable, Sendable {
        case bytes(Int)
        case end
    }

    /// What a service has said so far.
    package struct Heard: Hashable, Sendable {
        package var bytes = ByteBuffer()
        /// `nil` as long as the service may say more.
        package var end: StreamEnd?
    }

    /// Bytes that were handed over without waiting for them to leave.
    package struct PendingWrite: Sendable {
        package enum Outcome: Hashable, Sendable {
            case written
            case pending
            case failed(String)
        }

        fileprivate let future: EventLoopFuture<Void>

        /// Whether the bytes have left, after waiting for that at most so long in real time.
        package func outcome(within timeout: TimeAmount) async -> Outcome {
            let result = self.future.eventLoop.makePromise(of: Outcome.self)
            let alarm = self.future.eventLoop.scheduleTask(in: timeout) { result.succeed(.pending) }
            self.future.whenComplete { written in
                alarm.cancel()
                switch written {
                case .success: result.succeed(.written)
                case .failure(let error): result.succeed(.failed(String(describing: error)))
                }
            }
            return (try? await result.futureResult.get()) ?? .pending
        }
    }

    private let channel: any Channel
    private let handler: NIOLoopBound<ProviderHandler>

    init(channel: any Channel, handler: NIOLoopBound<ProviderHandler>) {
        self.channel = channel
        self.handler = handler
    }

    // MARK: - Speaking

    /// Sends notifications in one write.
    package func send(_ notifications: [OutgoingNotification]) async throws {
        var buffer = ByteBuffer()
        for notification in notifications { notification.write(into: &buffer) }
        try await self.channel.writeAndFlush(buffer)
    }

    /// Sends bytes as they are.
    package func send(bytes: [UInt8]) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    /// Sends bytes as they are, in one write, without waiting: a service that reads nothing holds up nobody.
    @discardableResult
    package func post(bytes: [UInt8]) -> PendingWrite {
        PendingWrite(future: self.channel.writeAndFlush(ByteBuffer(bytes: bytes)))
    }

    /// Says that nothing more will be sent (close_notify, then the end of TCP's own half), and listens on.
    package func endOutput() {
        self.channel.close(mode: .output, promise: nil)
    }

    /// Lets real time pass between two writes, so that the service can read them apart.
    package func pause(_ time: TimeAmount) async {
        try? await self.channel.eventLoop.scheduleTask(in: time) {}.futureResult.get()
    }

    // MARK: - Listening

    /// Listens for an error packet, or for the end, for that long in real time.
    package func answer(within timeout: TimeAmount) async -> GatewayAnswer {
        let heard = await self.listen(until: .bytes(ErrorPacket.byteCount), within: timeout)
        var bytes = heard.bytes
        if let packet = ErrorPacket(readingFrom: &bytes) { return .packet(packet) }
        return heard.end == nil ? .silence : .closed
    }

    /// Everything heard so far, after listening until `extent` or the timeout.
    package func hear(until extent: Extent, within timeout: TimeAmount) async -> (bytes: ByteBuffer, hasEnded: Bool) {
        let heard = await self.listen(until: extent, within: timeout)
        return (heard.bytes, heard.end != nil)
    }

    /// Everything heard so far and how it ended, after listening until `extent` or the timeout.
    package func listen(until extent: Extent, within timeout: TimeAmount) async -> Heard {
        let handler = self.handler
        let eventLoop = self.channel.eventLoop
        let promise = eventLoop.makePromise(of: Void.self)
        eventLoop.execute { handler.value.listen(until: extent, promise) }
        let alarm = eventLoop.scheduleTask(in: timeout) { promise.succeed() }
        try? await promise.futureResult.get()
        alarm.cancel()
        let heard = try? await eventLoop.submit { handler.value.heard }.get()
        return heard ?? Heard(end: .failed("the event loop was shut down"))
    }

    /// Closes the connection: close_notify, and at most a second for the service's own.
    package func close() async {
        let handler = self.handler
        self.channel.eventLoop.execute { handler.value.isClosing = true }
        try? await self.channel.close()
    }
}
