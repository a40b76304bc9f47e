/// Which sizes a gateway takes. Policy of the caller's profile: the decoder only applies it at the first byte that
/// shows a size.
package struct FrameLimits: Hashable, Sendable {
    /// Bytes of a device token. Real tokens had 32; G18 documents up to 100.
    package var tokenSizes: ClosedRange<Int>
    /// Bytes of a payload: at most 256 until 2014, then 2,048; 4,096 with a VoIP certificate.
    package var payloadSizes: ClosedRange<Int>
    /// The largest length a command 2 frame may announce, in bytes behind its first five.
    package var maximumFrameLength: Int
    /// Whether an item may stand in a command 2 frame twice, so that the last one counts; otherwise it is refused.
    package var keepsLastOfDuplicates: Bool

    package init(
        tokenSizes: ClosedRange<Int> = 32...32,
        payloadSizes: ClosedRange<Int> = 1...2_048,
        maximumFrameLength: Int = 65_535,
        keepsLastOfDuplicates: Bool = false
    ) {
        self.tokenSizes = tokenSizes
        self.payloadSizes = payloadSizes
        self.maximumFrameLength = maximumFrameLength
        self.keepsLastOfDuplicates = keepsLastOfDuplicates
    }

    /// Takes every size that the wire can express: to read on behind a rejected frame.
    package static let anything = FrameLimits(tokenSizes: 0...65_535, payloadSizes: 0...65_535)
}
