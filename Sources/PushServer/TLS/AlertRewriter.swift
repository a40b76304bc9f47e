import NIOCore

/// Stands between TLS and the socket, and puts the right reason into the alert of a refused certificate.
///
/// The TLS library refuses a certificate judged by a callback with certificate_unknown (46). Up to TLS 1.2 the
/// server's alert in a handshake is still plain text: type 21, version, length 2, fatal, reason. So the reason can be
/// replaced by the one the real gateway gave.
final class AlertRewriter: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The reason to give; `nil` leaves alerts as they are.
    var alert: UInt8?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard let alert else { return context.write(data, promise: promise) }
        var bytes = Self.unwrapOutboundIn(data)
        let start = bytes.readerIndex
        if bytes.readableBytes == 7,
            bytes.getInteger(at: start, as: UInt8.self) == 21,
            bytes.getInteger(at: start + 3, as: UInt16.self) == 2,
            bytes.getInteger(at: start + 6, as: UInt8.self) == ProviderAdmission.Alert.certificateUnknown
        {
            bytes.setInteger(alert, at: start + 6)
        }
        context.write(Self.wrapOutboundOut(bytes), promise: promise)
    }
}
