internal import COpenSSL
internal import PushVocabulary

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// Reads single fields out of libcrypto's certificate object.
enum CertificateFields {
    /// - Returns: the content of the extension's value, `nil` when the certificate has no such extension.
    static func `extension`(_ objectIdentifier: String, of certificate: OpaquePointer) -> [UInt8]? {
        guard let object = OBJ_txt2obj(objectIdentifier, 1) else { return nil }
        defer { ASN1_OBJECT_free(object) }
        let index = X509_get_ext_by_OBJ(certificate, object, -1)
        guard
            index >= 0,
            let found = X509_get_ext(certificate, index),
            let value = X509_EXTENSION_get_data(found)
        else { return nil }
        return Self.bytes(value)
    }

    static func serial(of certificate: OpaquePointer) -> String {
        guard let number = X509_get0_serialNumber(certificate) else { return "" }
        return Hexadecimal.string(from: Self.bytes(number))
    }

    static func bytes(_ string: UnsafePointer<ASN1_STRING>) -> [UInt8] {
        guard let start = ASN1_STRING_get0_data(string) else { return [] }
        return Array(UnsafeBufferPointer(start: start, count: Int(ASN1_STRING_length(string))))
    }

    /// Years that product time cannot hold, such as the 9999 of certificates without an end, become its limits.
    static func instant(_ time: UnsafePointer<ASN1_TIME>?) -> Instant {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return Instant(unixSeconds: 0) }
        let limit = Int64.max / 1_000_000_000
        return Instant(unixSeconds: min(max(Int64(timegm(&parts)), -limit), limit))
    }
}

/// The subject or the issuer of a certificate.
struct DistinguishedName {
    private let name: OpaquePointer?

    init(_ name: OpaquePointer?) {
        self.name = name
    }

    /// The first attribute with this number, as text.
    func text(_ attribute: Int32) -> String? {
        let index = X509_NAME_get_index_by_NID(self.name, attribute, -1)
        guard
            index >= 0,
            let entry = X509_NAME_get_entry(self.name, index),
            let value = X509_NAME_ENTRY_get_data(entry)
        else { return nil }
        var text: UnsafeMutablePointer<UInt8>?
        let count = ASN1_STRING_to_UTF8(&text, value)
        guard count >= 0, let text else { return nil }
        defer { CRYPTO_free(text, #file, #line) }
        return String(decoding: UnsafeBufferPointer(start: text, count: Int(count)), as: UTF8.self)
    }
}
