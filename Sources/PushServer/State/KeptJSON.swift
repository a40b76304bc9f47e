import Foundation

/// Small things as JSON text, the same text for the same thing.
enum KeptJSON {
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { preconditionFailure("plain values have a JSON text") }
        return String(decoding: data, as: UTF8.self)
    }

    /// - Throws: `StateMismatch` that names the kind of document.
    static func value<Value: Decodable>(_ text: String, _ kind: String) throws(StateMismatch) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
        } catch {
            throw StateMismatch("a document of the kind \(kind) cannot be read")
        }
    }
}
