import APNSWire
import NIOCore
import NIOPosix
import NIOSSL

/// What was expected and what was seen, in words and bytes for people.
enum WireText {
    private static let mostBytesShown = 48

    static func bytes(_ bytes: some Collection<UInt8>) -> String {
        let shown = bytes.prefix(Self.mostBytesShown).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined(separator: " ")
        return bytes.count > Self.mostBytesShown ? "\(shown) … (\(bytes.count) bytes)" : shown
    }

    /// What was heard in the end, or after waiting for `timeout` in vain.
    static func seen(_ heard: ProviderConnection.Heard, timeout: Duration) -> String {
        let bytes = Self.bytes(heard.bytes.readableBytesView)
        let isSilent = heard.bytes.readableBytes == 0
        let (alone, behind) =
            switch heard.end {
            case nil: ("nothing for \(Self.time(timeout))", "and no end for \(Self.time(timeout))")
            case .closeNotify: ("the end without a byte", "then the end")
            case .withoutCloseNotify:
                ("the end without a byte and without close_notify", "then the end without close_notify")
            case .reset: ("a reset without a byte", "then a reset")
            case .failed(let error): ("no byte, but: \(error)", "then: \(error)")
            }
        return isSilent ? alone : "\(bytes) \(behind)"
    }

    static func time(_ duration: Duration) -> String {
        let milliseconds = duration / .milliseconds(1)
        guard milliseconds >= 1_000 else { return "\(Int(milliseconds)) ms" }
        let seconds = milliseconds / 1_000
        return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
    }

    /// What two error packets mean, when they differ.
    static func comparison(expected: ErrorPacket, seen heard: ByteBuffer) -> String? {
        var bytes = heard
        let command = bytes.getInteger(at: bytes.readerIndex, as: UInt8.self)
        guard let seen = ErrorPacket(readingFrom: &bytes) else {
            guard let command, command != ErrorPacket.command, heard.readableBytes == ErrorPacket.byteCount else {
                return nil
            }
            return "an error packet starts with 08"
        }
        if seen.status != expected.status {
            return "expected status \(Self.status(expected.status)), but status \(Self.status(seen.status)) came"
        }
        if seen.identifier != expected.identifier {
            return "the status is right, but the identifier is \(seen.identifier) and not \(expected.identifier)"
        }
        return bytes.readableBytes > 0 ? "only one packet may come on a connection" : nil
    }

    private static func status(_ status: UInt8) -> String {
        guard let listed = ErrorStatus(rawValue: status) else { return "\(status) (not in Apple's table)" }
        return "\(status) (\(listed.meaning))"
    }

    /// Why a connection did not come about.
    static func sentence(about error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            let reason = error.connectionErrors.first.map { "\($0.error)" } ?? error.dnsAError.map { "\($0)" }
            return "no connection to \(error.host):\(error.port): \(reason ?? "no address")"
        case let error as ProviderError: return error.description
        case ChannelError.eof: return "the service closed the connection within the handshake"
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: return Self.sentence(aboutTLS: "\(error)")
        default: return String(describing: error)
        }
    }

    private static func sentence(aboutTLS text: String) -> String {
        let reason =
            if text.contains("CERTIFICATE_VERIFY_FAILED") {
                "the service's certificate is not of the authority that is trusted here, or bears another name"
            } else if text.contains("_ALERT_") {
                "the service refused the handshake"
            } else {
                "the TLS handshake failed"
            }
        return "\(reason) (\(text))"
    }
}
