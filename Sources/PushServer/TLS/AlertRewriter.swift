import NIOCore

/// Stands between TLS and the socket, and puts the right reason into the alert of a refused certificate.
///
/// The TLS library refuses a certificate judged by a callback with certificate_unknown (46), and a client that shows
/// none with handshake_failure (40). Up to TLS 1.2 the server's alert in a handshake is still plain text: type 21,
/// version, length 2, fatal, reason. So the reason can be replaced by the one the real gateway gave.
final class AlertRewriter: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let handshakeRecord: UInt8 = 22
    private static let alertRecord: UInt8 = 21

    /// The reason to give for a refused certificate; `nil`: none has been refused.
    var alert: UInt8?
    private let noCertificate: UInt8
    /// A failure before the server's first message is about something else than the client's certificate.
    private var hasAnswered = false

    init(noCertificate: UInt8) {
        self.noCertificate = noCertificate
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var bytes = Self.unwrapOutboundIn(data)
        let start = bytes.readerIndex
        let type = bytes.getInteger(at: start, as: UInt8.self)
        if type == Self.handshakeRecord { self.hasAnswered = true }
        if type == Self.alertRecord, bytes.readableBytes == 7,
            bytes.getInteger(at: start + 3, as: UInt16.self) == 2,
            let reason = bytes.getInteger(at: start + 6, as: UInt8.self), let other = self.replacement(of: reason)
        {
            bytes.setInteger(other, at: start + 6)
        }
        context.write(Self.wrapOutboundOut(bytes), promise: promise)
    }

    private func replacement(of reason: UInt8) -> UInt8? {
        switch reason {
        case ProviderAdmission.Alert.certificateUnknown: self.alert
        case ProviderAdmission.Alert.handshakeFailure where self.hasAnswered && self.alert == nil: self.noCertificate
        default: nil
        }
    }
}
