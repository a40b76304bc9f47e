internal import COpenSSL

/// The few idioms of libcrypto's C interface that every use of it here shares.
enum LibCrypto {
    typealias Output = UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>

    /// Runs one of the `i2d_` functions twice: for the size, then for the bytes.
    static func encode(_ operation: String, _ write: (Output?) -> Int32) throws(IdentityError) -> [UInt8] {
        let count = Int(write(nil))
        guard count > 0 else { throw .fromLibrary(.operationFailed(operation)) }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            var position = buffer.baseAddress
            initialized = max(0, Int(write(&position)))
        }
    }

    /// - Returns: the object, which the caller frees, or `nil` when the bytes are not exactly one encoded object.
    static func decode(
        _ bytes: [UInt8],
        _ read: (UnsafeMutablePointer<UnsafePointer<UInt8>?>, Int) -> OpaquePointer?,
        free: (OpaquePointer) -> Void
    ) -> OpaquePointer? {
        bytes.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            guard let object = read(&position, buffer.count) else { return nil }
            guard position == buffer.baseAddress.map({ $0 + buffer.count }) else {
                free(object)
                return nil
            }
            return object
        }
    }

    /// Gives `body` a memory BIO over the text; `nil` when there is no memory for it.
    static func withBIO<Result>(_ text: String, _ body: (OpaquePointer) -> Result?) -> Result? {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress, let bio = BIO_new_mem_buf(start, Int32(buffer.count)) else {
                return nil
            }
            defer { BIO_free(bio) }
            return body(bio)
        }
    }

    /// The version of the libcrypto that is running, such as `OpenSSL 3.0.13 30 Jan 2024`.
    static var version: String { String(cString: OpenSSL_version(OPENSSL_VERSION)) }

    static func random(_ count: Int) throws(IdentityError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, Int32(count)) == 1 else { throw .fromLibrary(.operationFailed("randomness")) }
        return bytes
    }

    /// RFC 7468: base64 in lines of 64 characters between a header and a footer.
    static func pem(_ label: String, _ der: [UInt8]) -> String {
        var base64 = [UInt8](repeating: 0, count: (der.count + 2) / 3 * 4 + 1)
        let count = Int(EVP_EncodeBlock(&base64, der, Int32(der.count)))
        var text = "-----BEGIN \(label)-----\n"
        for start in stride(from: 0, to: count, by: 64) {
            text += String(decoding: base64[start..<min(start + 64, count)], as: UTF8.self)
            text += "\n"
        }
        return text + "-----END \(label)-----\n"
    }
}
