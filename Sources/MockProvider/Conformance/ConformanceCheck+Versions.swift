import NIOCore
import NIOPosix
import NIOSSL

/// TLS: what is spoken, and to whom.
extension ConformanceCheck {
    static let versions: [ConformanceCheck] = [
        .version(.tlsv1, "1.0", .field("node-apn #216: common in logs")),
        .version(.tlsv11, "1.1", .inferred("TLS 1.0 and 1.2 were both seen")),
        .version(.tlsv12, "1.2", .field("apns4erl #118")),
        ConformanceCheck(
            ConformanceRow(
                "tls-no-certificate",
                "A client that shows no certificate is refused by the gateway.",
                .tls,
                .binaryProviderAPI
            )
        ) { bench in
            let client = try bench.target.client.withoutIdentity()
            return try await Self.judgeRefusal(bench, known: bench.target.badFrame(2)) {
                try await client.connect()
            }
        },
    ]

    private static func version(_ version: TLSVersion, _ name: String, _ source: ConformanceSource) -> ConformanceCheck
    {
        ConformanceCheck(
            ConformanceRow("tls-\(name)", "A client that speaks TLS \(name) only is served.", .tls, source)
        ) { bench in
            guard bench.target.expectations.versions.contains(version) else {
                throw SkippedRow(reason: "TLS \(name) is not expected of this gateway")
            }
            return try await Self.judge(version, name, bench)
        }
    }

    private static func judge(
        _ version: TLSVersion,
        _ name: String,
        _ bench: ConformanceBench
    ) async throws -> ConformanceOutcome {
        do {
            return try await bench.withConnection(of: bench.target.client.speaking(version)) { connection in
                guard let barrier = bench.barrier else { return .passed }
                connection.post(bytes: bench.target.frame(1) + barrier.frame)
                let heard = await connection.listen(until: bench.extent(for: .silence), within: bench.answerTimeout)
                return bench.failure(of: heard, expected: .silence)?.outcome() ?? .passed
            }
        } catch let error as NIOConnectionError {
            throw error
        } catch {
            return .failed(expected: "a handshake of TLS \(name)", seen: WireText.sentence(about: error), hint: nil)
        }
    }

    /// A refusal is a handshake that fails, or one that is followed by the end and nothing else.
    static func judgeRefusal(
        _ bench: ConformanceBench,
        known badFrame: [UInt8],
        connect: () async throws -> ProviderConnection
    ) async throws -> ConformanceOutcome {
        let connection: ProviderConnection
        do {
            connection = try await connect()
        } catch let error as NIOConnectionError {
            throw error
        } catch ProviderError.handshakeTimeout {
            return .failed(expected: "a refusal", seen: ProviderError.handshakeTimeout.description, hint: nil)
        } catch {
            return .passed
        }
        connection.post(bytes: badFrame)
        let heard = await connection.listen(until: .bytes(1), within: bench.answerTimeout)
        await connection.close()
        if heard.bytes.readableBytes == 0, heard.end != nil { return .passed }
        return .failed(
            expected: "a refused handshake, or the end without a byte",
            seen: "a finished handshake and \(WireText.seen(heard, timeout: bench.target.timeouts.answer))",
            hint: "the certificate says who is pushing to which app: none, no service"
        )
    }
}
