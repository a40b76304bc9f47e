/// What is known of the libcrypto that this process runs with.
package enum CryptographicLibrary {
    /// Such as `OpenSSL 3.0.13 30 Jan 2024`.
    package static var version: String { LibCrypto.version }
}
