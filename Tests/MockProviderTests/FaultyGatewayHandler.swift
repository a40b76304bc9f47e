import APNSWire
import NIOCore
import NIOPosix
import NIOSSL
import PushVocabulary

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One connection of a `FaultyGateway`.
final class FaultyGatewayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let mistake: FaultyGateway.Mistake
    private var decoder: ProviderFrameDecoder
    private var received = ByteBuffer()
    private var lastAccepted: UInt32 = 0
    private var isDeaf = false

    init(_ mistake: FaultyGateway.Mistake) {
        self.mistake = mistake
        var limits = FrameLimits()
        if mistake == .smallPayloadLimit { limits.payloadSizes = 1...256 }
        self.decoder = ProviderFrameDecoder(limits: limits)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isDeaf, self.mistake != .answersNothing else { return }
        if self.mistake == .splitFramesSwallowed { self.received.clear() }
        var bytes = Self.unwrapInboundIn(data)
        self.received.writeBuffer(&bytes)
        repeat {
            guard self.takeFrame(context: context) else { return }
        } while !self.isDeaf && self.mistake != .oneFramePerRead
    }

    /// - Returns: whether there was one.
    private func takeFrame(context: ChannelHandlerContext) -> Bool {
        if self.mistake == .lengthsJudgedLate, !self.isWholeFrameThere { return false }
        let start = self.received
        switch self.decoder.next(in: &self.received) {
        case .needsMoreBytes: return false
        case .rejected(let rejection):
            self.refuse(rejection, frameAt: start, context: context)
        case .frame(let frame):
            self.take(frame, context: context)
        }
        return true
    }

    private var isWholeFrameThere: Bool {
        switch FrameExtent(of: self.received) {
        case .length(let length): self.received.readableBytes >= length
        case .needsMoreBytes: false
        case .unknowable: self.received.getInteger(at: self.received.readerIndex, as: UInt8.self) ?? 0 > 2
        }
    }

    private func take(_ frame: ProviderFrame, context: ChannelHandlerContext) {
        let isComplete = frame.identifier != nil && frame.expiry != nil && frame.priority != nil
        if self.mistake == .allItemsRequired, frame.command == 2, !isComplete {
            return self.end(with: ErrorPacket(status: 128, identifier: 0), context: context)
        }
        let isKnown = frame.token.elementsEqual(FaultyGateway.goodToken?.bytes ?? [])
        guard isKnown || self.mistake == .everyTokenAccepted else {
            return self.answer(.invalidToken, frame.command, frame.identifier, context: context)
        }
        self.lastAccepted = frame.identifier ?? self.lastAccepted
        switch self.mistake {
        case .successIsStatusZero:
            self.write(ErrorPacket(status: .noErrors, identifier: self.lastAccepted), context: context)
        case .closesBehindSuccess: self.end(with: nil, context: context)
        default: break
        }
    }

    private func refuse(_ rejection: FrameRejection, frameAt start: ByteBuffer, context: ChannelHandlerContext) {
        if case .unknownCommand = rejection.reason {
            return self.refuseCommand(context: context)
        }
        if self.mistake == .staysOpen { self.stepOver(start) }
        var (status, identifier) = (rejection.status, rejection.identifier)
        switch (self.mistake, rejection.reason) {
        case (.wrongTokenSizeIsMissing, .tokenSize): status = .missingDeviceToken
        case (.payloadJudgedBeforeToken, .missingToken), (.payloadJudgedBeforeToken, .tokenSize):
            status = Self.objection(toPayloadOf: start) ?? status
        case (.identifierReadAhead, _): identifier = Self.whole(start)?.identifier ?? identifier
        default: break
        }
        self.answer(status, rejection.command, identifier, context: context)
    }

    /// Goes on behind a refused frame, or behind all there is where its end is not known.
    private func stepOver(_ frame: ByteBuffer) {
        self.received = frame
        guard case .length(let length) = FrameExtent(of: frame) else { return self.received.clear() }
        self.received.moveReaderIndex(forwardBy: min(length, self.received.readableBytes))
    }

    private func refuseCommand(context: ChannelHandlerContext) {
        switch self.mistake {
        case .unknownCommandSkipped: self.received.moveReaderIndex(forwardBy: 1)
        case .unknownCommandAnswered:
            self.end(with: ErrorPacket(status: .protocolError, identifier: 0), context: context)
        case .staysOpen: self.received.clear()
        default: self.end(with: nil, context: context)
        }
    }

    /// What a parser sees that reads a whole frame before it judges anything.
    private static func whole(_ frame: ByteBuffer) -> ProviderFrame? {
        var decoder = ProviderFrameDecoder(limits: .anything)
        var frame = frame
        guard case .frame(let whole) = decoder.next(in: &frame) else { return nil }
        return whole
    }

    private static func objection(toPayloadOf frame: ByteBuffer) -> ErrorStatus? {
        guard let whole = Self.whole(frame) else { return nil }
        if whole.payload.isEmpty { return .missingPayload }
        return whole.payload.count > 2_048 ? .invalidPayloadSize : nil
    }

    private func answer(
        _ status: ErrorStatus,
        _ command: UInt8,
        _ identifier: UInt32?,
        context: ChannelHandlerContext
    ) {
        guard command != 0 || self.mistake == .simpleErrorsAnswered else {
            return self.end(with: nil, context: context)
        }
        let identifier: UInt32 =
            switch self.mistake {
            case .identifierIsAlwaysZero: 0
            case .identifierOfTheLastAccepted: self.lastAccepted
            default: identifier ?? 0
            }
        self.end(with: ErrorPacket(status: status, identifier: identifier), context: context)
    }

    private func write(_ packet: ErrorPacket, context: ChannelHandlerContext) {
        var bytes = ByteBuffer()
        packet.write(into: &bytes)
        if self.mistake == .packetStartsWithOne { bytes.setInteger(1 as UInt8, at: bytes.readerIndex) }
        context.writeAndFlush(NIOAny(bytes), promise: nil)
    }

    private func end(with packet: ErrorPacket?, context: ChannelHandlerContext) {
        if let packet { self.write(packet, context: context) }
        switch self.mistake {
        case .staysOpen: return
        case .endsWithoutCloseNotify:
            self.contextBelowTLS(context).close(mode: .output, promise: nil)
        case .resets:
            let option = linger(l_onoff: 1, l_linger: 0)
            _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(option)
            self.contextBelowTLS(context).close(promise: nil)
        default: context.close(mode: .output, promise: nil)
        }
        self.isDeaf = true
    }

    private func contextBelowTLS(_ context: ChannelHandlerContext) -> ChannelHandlerContext {
        (try? context.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)) ?? context
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else { return }
        if self.mistake == .unfinishedFrameAnswered, !self.isDeaf, self.received.readableBytes > 0 {
            self.write(ErrorPacket(status: .protocolError, identifier: 0), context: context)
        }
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
