import ControlAPI
import PushVocabulary

/// Bytes to be sent to a gateway as they are.
package struct RawPush: Sendable {
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// - Parameter text: hexadecimal, or `@` and a file: of bytes, of hexadecimal text, or a fixture.
    /// - Throws: `GatehouseError` when it is none of these.
    package init(_ text: String) throws(GatehouseError) {
        guard text.hasPrefix("@") else {
            guard let bytes = Hexadecimal.bytes(from: text), !bytes.isEmpty else {
                throw GatehouseError(.usage, "--raw is neither hexadecimal nor @ and a file.")
            }
            self.bytes = bytes
            return
        }
        let path = String(text.dropFirst())
        guard let content = try FileSystem.bytes(of: path) else {
            throw GatehouseError(.unavailable, "\(path): there is no such file. Correct --raw.")
        }
        self.bytes = Self.frame(in: content)
    }

    private static func frame(in content: [UInt8]) -> [UInt8] {
        if case .string(let text)? = (try? JSONReader.value(of: content))?["frame"],
            let bytes = Hexadecimal.bytes(from: text)
        {
            return bytes
        }
        let text = String(decoding: content, as: UTF8.self).filter { !$0.isWhitespace }
        return Hexadecimal.bytes(from: text) ?? content
    }
}
