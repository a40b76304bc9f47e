import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The bare swift-nio-ssl sink: decrypts, counts bytes, and answers the end mark with six bytes. What the services
/// could at best be with this library on this machine.
///
///     BenchSink CERTIFICATE KEY AUTHORITY|- 12|13
///
/// With an authority it asks for a client's certificate, as the gateway does. Prints its port as {"port":N}.
final class Sink: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let endMark: UInt8 = 0xEE
    private var received = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Self.unwrapInboundIn(data)
        self.received += bytes.readableBytes
        guard bytes.getInteger(at: bytes.writerIndex - 1, as: UInt8.self) == Self.endMark else { return }
        let answer = context.channel.allocator.buffer(bytes: [8, 8, 0, 0, 0, 0])
        context.writeAndFlush(Self.wrapOutboundOut(answer), promise: nil)
        context.close(mode: .output, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

func tlsContext(_ arguments: [String]) throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: try NIOSSLCertificate.fromPEMFile(arguments[1]).map { .certificate($0) },
        privateKey: .privateKey(try NIOSSLPrivateKey(file: arguments[2], format: .pem))
    )
    configuration.minimumTLSVersion = arguments[4] == "12" ? .tlsv1 : .tlsv12
    if arguments[4] == "12" {
        configuration.maximumTLSVersion = .tlsv12
        configuration.cipherSuites = "ALL"
    }
    if arguments[3] != "-" {
        configuration.trustRoots = .file(arguments[3])
        configuration.certificateVerification = .noHostnameVerification
    }
    return try NIOSSLContext(configuration: configuration)
}

guard CommandLine.arguments.count == 5 else { fatalError("BenchSink CERTIFICATE KEY AUTHORITY|- 12|13") }
let context = try tlsContext(CommandLine.arguments)
let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
let listener = try await ServerBootstrap(group: group)
    .serverChannelOption(.backlog, value: 1_024)
    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
    .serverChannelOption(.maxMessagesPerRead, value: 16)
    .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
    .childChannelOption(.allowRemoteHalfClosure, value: true)
    .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandlers([NIOSSLServerHandler(context: context), Sink()])
        }
    }
    .bind(host: "127.0.0.1", port: 0).get()
print("{\"port\":\(listener.localAddress?.port ?? 0)}")
fflush(nil)
try await listener.closeFuture.get()
