import NIOCore
import NIOPosix
import NIOSSL
import PushIdentity

/// A server's RSA key, used on a thread beside the event loop.
///
/// An RSA signature is the most expensive thing a handshake asks for, and what is served on the event loop would wait
/// for it: providers that connect again and again would be felt by all others.
struct HandshakeKey: NIOSSLCustomPrivateKey, Hashable {
    private static let schemes: [(algorithm: SignatureAlgorithm, scheme: SigningKey.Scheme)] = [
        (.rsaPssRsaeSha256, .pss(.sha256)),
        (.rsaPkcs1Sha256, .pkcs1(.sha256)),
        (.rsaPssRsaeSha384, .pss(.sha384)),
        (.rsaPkcs1Sha384, .pkcs1(.sha384)),
        (.rsaPssRsaeSha512, .pss(.sha512)),
        (.rsaPkcs1Sha512, .pkcs1(.sha512)),
        (.rsaPkcs1Sha1, .pkcs1(.sha1)),
        // BoringSSL's own number, in a range for private use: TLS 1.0 and 1.1 have none.
        (SignatureAlgorithm(rawValue: 0xFF01), .pkcs1(.md5sha1)),
    ]

    /// As long as the process lives, and apart from the threads where keys are made: a handshake would wait behind those.
    /// One is enough: it signs in a third of the time that the rest of the handshake takes on the event loop.
    private static let thread: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        return pool
    }()

    /// The TLS library was not told that the key can do this, and asked for it.
    struct UnknownAlgorithm: Error {
        let algorithm: SignatureAlgorithm
    }

    private let key: SigningKey

    /// The preferred first.
    let signatureAlgorithms = Self.schemes.map(\.algorithm)

    /// - Throws: ``IdentityError`` when this is not an RSA key.
    init(_ key: PrivateKey) throws(IdentityError) {
        self.key = try SigningKey(key)
    }

    func sign(channel: any Channel, algorithm: SignatureAlgorithm, data: ByteBuffer) -> EventLoopFuture<ByteBuffer> {
        guard let scheme = Self.schemes.first(where: { $0.algorithm == algorithm })?.scheme else {
            return channel.eventLoop.makeFailedFuture(UnknownAlgorithm(algorithm: algorithm))
        }
        return self.beside(channel.eventLoop) { key throws(IdentityError) in
            try data.withUnsafeReadableBytes { bytes throws(IdentityError) in try key.signature(of: bytes, scheme) }
        }
    }

    func decrypt(channel: any Channel, data: ByteBuffer) -> EventLoopFuture<ByteBuffer> {
        self.beside(channel.eventLoop) { key throws(IdentityError) in
            try data.withUnsafeReadableBytes { bytes throws(IdentityError) in try key.decrypted(bytes) }
        }
    }

    private func beside(
        _ eventLoop: any EventLoop,
        _ work: @escaping @Sendable (SigningKey) throws(IdentityError) -> [UInt8]
    ) -> EventLoopFuture<ByteBuffer> {
        Self.thread.runIfActive(eventLoop: eventLoop) { ByteBuffer(bytes: try work(self.key)) }
    }

    static func == (left: HandshakeKey, right: HandshakeKey) -> Bool { left.key === right.key }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self.key)) }
}
