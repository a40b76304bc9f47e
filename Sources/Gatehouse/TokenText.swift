import PushVocabulary

/// A device token as people type it.
package enum TokenText {
    /// What keeps a text from being hexadecimal bytes, with the place of the first wrong character; `nil`: nothing.
    package static func flaw(in text: String) -> String? {
        if text.isEmpty { return "it is empty" }
        for (index, character) in text.enumerated() where !(character.isHexDigit && character.isASCII) {
            return "character \(index + 1), `\(character)`, is not a hexadecimal digit"
        }
        if !text.utf8.count.isMultiple(of: 2) {
            return "it has \(text.utf8.count) hexadecimal digits, and two make a byte: one is missing or too many"
        }
        if text.utf8.count > 2 * DeviceToken.maximumByteCount {
            return "it has \(text.utf8.count / 2) bytes, and no token has more than \(DeviceToken.maximumByteCount)"
        }
        return nil
    }
}
