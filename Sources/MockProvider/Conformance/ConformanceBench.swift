import APNSWire
import NIOCore
import PushVocabulary

/// Carries exchanges out and judges them.
struct ConformanceBench: Sendable {
    let target: ConformanceTarget
    /// `nil`: no bad frame gets an answer from this gateway.
    let barrier: Barrier?

    /// A frame that gets an answer, to be sent behind others: when its answer comes, all of them have been read.
    struct Barrier: Sendable {
        static let identifier: UInt32 = 0x7A6B_5C4D

        let frame: [UInt8]
        /// What this gateway answers to the frame alone, right or wrong: so that a mistake in the answer shows only
        /// in the rows that are about it.
        let answer: [UInt8]
        /// Whether the gateway closes the connection behind its answer.
        let ends: Bool
    }

    struct Failure: Sendable {
        let expected: String
        let seen: String
        /// In what the packet that came differs from the expected one.
        let difference: String?
        /// What such a failure often means.
        let guess: String?

        /// - Parameter hint: what the row has to say where the difference does not say it all.
        func outcome(hint: String? = nil) -> ConformanceOutcome {
            .failed(expected: self.expected, seen: self.seen, hint: self.difference ?? hint ?? self.guess)
        }
    }

    /// Learns how the gateway answers a bad frame.
    ///
    /// - Throws: when the gateway cannot be reached.
    static func prepared(for target: ConformanceTarget) async throws -> ConformanceBench {
        let candidates = [
            target.knownBadFrame(Barrier.identifier),
            target.unknownTokenFrame(Barrier.identifier),
        ]
        let bench = ConformanceBench(target: target, barrier: nil)
        for frame in candidates {
            let heard = try await bench.converse([frame], until: .end)
            guard heard.bytes.readableBytes > 0 else { continue }
            let answer = Array(heard.bytes.readableBytesView)
            return ConformanceBench(
                target: target,
                barrier: Barrier(frame: frame, answer: answer, ends: heard.end != nil)
            )
        }
        return bench
    }

    /// Whether an answer has to be followed by the end. A gateway that never closes fails the row about that, and no
    /// other has to wait for it.
    var expectsEnd: Bool { self.barrier?.ends ?? true }

    var answerTimeout: TimeAmount { .nanoseconds(self.target.timeouts.answer.wholeNanoseconds) }

    /// Runs `body` with a connection that is closed afterwards.
    ///
    /// - Parameter client: `nil` connects as the target's own.
    func withConnection<Result>(
        of client: ProviderClient? = nil,
        _ body: (ProviderConnection) async throws -> Result
    ) async throws -> Result {
        let connection = try await (client ?? self.target.client).connect()
        do {
            let result = try await body(connection)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Sends these writes on a new connection and listens.
    ///
    /// - Parameter pause: between two writes, so that the gateway reads them apart.
    func converse(
        _ writes: [[UInt8]],
        pause: Duration = .zero,
        endsOutput: Bool = false,
        until extent: ProviderConnection.Extent
    ) async throws -> ProviderConnection.Heard {
        try await self.withConnection { connection in
            for (number, write) in writes.enumerated() {
                if number > 0 { await connection.pause(.nanoseconds(pause.wholeNanoseconds)) }
                connection.post(bytes: write)
            }
            if endsOutput { connection.endOutput() }
            return await connection.listen(until: extent, within: self.answerTimeout)
        }
    }

    /// Carries an exchange out; `nil` when what came back is what had to.
    ///
    /// - Throws: `SkippedRow` when silence is expected and nothing can prove it; what keeps it from connecting.
    func failure(of exchange: Exchange) async throws -> Failure? {
        var frames = exchange.frames
        if exchange.expected == .silence { frames.append(try self.requiredBarrier().frame) }
        let heard = try await self.converse(
            exchange.writes(of: frames),
            pause: exchange.cut == .withinLastFrame ? self.target.timeouts.silence : self.target.timeouts.piece,
            endsOutput: exchange.endsOutput,
            until: self.extent(for: exchange.expected)
        )
        return self.failure(of: heard, expected: exchange.expected, label: exchange.label)
    }

    /// - Throws: `SkippedRow` where the gateway is not expected to know the command.
    func require(command: UInt8) throws {
        guard self.target.expectations.commands.contains(command) else { throw SkippedRow.commands }
    }

    /// - Throws: `SkippedRow` where no frame gets an answer.
    func requiredBarrier() throws -> Barrier {
        guard let barrier else {
            throw SkippedRow(
                reason: "silence cannot be proven: neither an empty token nor an unknown one gets an answer here"
            )
        }
        return barrier
    }

    func extent(for expected: Exchange.Expected) -> ProviderConnection.Extent {
        switch expected {
        case .endWithoutByte: .end
        case .packet, .packetOfEither: self.expectsEnd ? .end : .bytes(ErrorPacket.byteCount)
        case .silence: self.expectsEnd ? .end : .bytes(self.barrier?.answer.count ?? 0)
        }
    }

    /// Judges what was heard; `nil` when it is what had to come.
    func failure(
        of heard: ProviderConnection.Heard,
        expected: Exchange.Expected,
        label: String? = nil
    ) -> Failure? {
        let answers = self.answers(expected)
        let bytes = Array(heard.bytes.readableBytesView)
        let needsEnd = expected == .endWithoutByte || self.expectsEnd
        if answers.contains(bytes), heard.end != nil || !needsEnd { return nil }
        let seen = WireText.seen(heard, timeout: self.target.timeouts.answer)
        return Failure(
            expected: self.text(of: expected, answers: answers),
            seen: label.map { "\(seen) (\($0))" } ?? seen,
            difference: Self.difference(of: heard, from: expected),
            guess: Self.guess(of: heard, expected: expected)
        )
    }

    private func answers(_ expected: Exchange.Expected) -> [[UInt8]] {
        switch expected {
        case .packet(let status, let identifier): [Self.packet(status, identifier)]
        case .packetOfEither(let status, let identifiers): identifiers.map { Self.packet(status, $0) }
        case .endWithoutByte: [[]]
        case .silence: [self.barrier?.answer ?? []]
        }
    }

    private static func packet(_ status: UInt8, _ identifier: UInt32) -> [UInt8] {
        var buffer = ByteBuffer()
        ErrorPacket(status: status, identifier: identifier).write(into: &buffer)
        return Array(buffer.readableBytesView)
    }

    private func text(of expected: Exchange.Expected, answers: [[UInt8]]) -> String {
        let bytes = answers.map(WireText.bytes).joined(separator: " or ")
        let end = self.expectsEnd ? " then the end" : ""
        return switch expected {
        case .packet, .packetOfEither: bytes + end
        case .endWithoutByte: "the end without a byte"
        case .silence: "nothing but \(bytes)\(end), the answer to the bad frame sent last"
        }
    }

    private static func difference(
        of heard: ProviderConnection.Heard,
        from expected: Exchange.Expected
    ) -> String? {
        guard case .packet(let status, let identifier) = expected else { return nil }
        return WireText.comparison(expected: ErrorPacket(status: status, identifier: identifier), seen: heard.bytes)
    }

    private static func guess(of heard: ProviderConnection.Heard, expected: Exchange.Expected) -> String? {
        guard heard.end == nil else { return nil }
        switch expected {
        case .packet, .packetOfEither: return nil
        case .endWithoutByte: return "a refused frame ends the connection"
        case .silence where heard.bytes.readableBytes > 0: return nil
        case .silence:
            return "the bad frame sent last was not read: was the rest of a read thrown away, or its place lost?"
        }
    }
}
