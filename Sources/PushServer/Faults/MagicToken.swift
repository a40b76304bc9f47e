package import PushVocabulary

/// Tokens that misbehave by themselves: the common faults with no set-up, for a provider's first test of an error.
///
/// A magic token starts with the bytes `FA 17` ("fault"), then a code; the other 29 bytes are free, so a test can have
/// as many as it likes. No device ever gets one.
///
///     fa17 SS ...   refused with status SS, 01 to 08, 0a, 80 and ff
///     fa17 a0 ...   accepted, and lost
///     fa17 a1 ...   closed without a word
///     fa17 a2 ...   refused with status 8, then reset, so that the packet may never be read
///     fa17 a3 ...   refused with status 8, one second late (product time)
///     fa17 a4 ...   accepted, and on the feedback list at once: the app is gone
///     fa17 a5 ...   nothing more is read from the connection
///     fa17 a6 ...   everything more is thrown away without a word
package enum MagicToken: Hashable, Sendable {
    case act(FaultAction)
    /// Accepted, undeliverable, and listed by the feedback service.
    case appGone

    /// Whether a token begins as a magic one does: what is asked of every frame.
    package static func mayStand(in token: UnsafeRawBufferPointer) -> Bool {
        token.count > 2 && token[0] == 0xFA && token[1] == 0x17
    }

    /// `nil` for an ordinary token, and for a magic one without a meaning.
    package init?(_ token: DeviceToken) {
        guard let code = token.withBytes({ Self.mayStand(in: $0) ? $0[2] : nil }) else { return nil }
        switch code {
        case 0x01...0x08, 0x80, 0xFF: self = .act(.answer(status: code, identifier: .own, keepsOpen: false))
        case 0x0A: self = .act(.shutdown)
        case 0xA0: self = .act(.lose)
        case 0xA1: self = .act(.silentClose)
        case 0xA2: self = .act(.reset)
        case 0xA3: self = .act(.delay(.seconds(1)))
        case 0xA4: self = .appGone
        case 0xA5: self = .act(.stall)
        case 0xA6: self = .act(.blackHole)
        default: return nil
        }
    }

    /// What `ls` and the ledger call the rule behind it.
    package static let ruleName = "magic-token"
}
