import NIOCore
package import NIOSSL
package import PushVocabulary

/// A gateway to be judged, and what one must know of it beforehand.
package struct ConformanceTarget: Sendable {
    /// The gateway, the feedback service if there is one, and the identity to show to both.
    package var client: ProviderClient
    /// A token that the gateway takes from this identity. Its device gets what is accepted.
    package var goodToken: DeviceToken
    /// A well-formed token that nobody has registered.
    package var unknownToken: DeviceToken
    package var expectations: ConformanceExpectations
    package var timeouts: ConformanceTimeouts

    /// - Parameter unknownToken: `nil` derives 32 random bytes from the good token, the same in every run.
    package init(
        client: ProviderClient,
        goodToken: DeviceToken,
        unknownToken: DeviceToken? = nil,
        expectations: ConformanceExpectations = ConformanceExpectations(),
        timeouts: ConformanceTimeouts = ConformanceTimeouts()
    ) {
        self.client = client
        self.client.connectTimeout = .nanoseconds(timeouts.connect.wholeNanoseconds)
        self.goodToken = goodToken
        self.unknownToken = unknownToken ?? Self.stranger(to: goodToken)
        self.expectations = expectations
        self.timeouts = timeouts
    }

    private static func stranger(to token: DeviceToken) -> DeviceToken {
        // FNV-1a: all that is needed is another seed for another token.
        let seed = token.bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0100_0000_01B3 }
        var generator = SeededGenerator(seed: seed)
        return DeviceToken(generator.bytes(DeviceToken.usualByteCount)) ?? token
    }
}

/// What a gateway is expected to do where eras or degrees of strictness differed. The default is what Apple's did from
/// 2014 to 2017.
package struct ConformanceExpectations: Hashable, Sendable {
    package enum UnknownCommandAnswer: String, Hashable, Sendable, CaseIterable {
        /// Zero bytes, then the end (Apple, TN2265).
        case silence
        /// Status 128 with identifier 0 (Apple, Binary Provider API, last edition).
        case protocolError
    }

    /// The command bytes that the gateway knows: 0 from 2009, 1 from 2010, 2 from 2013. What needs others is skipped.
    package var commands: ClosedRange<UInt8>
    /// Bytes of a payload: 256 before 2014, 4,096 with a VoIP identity.
    package var maximumPayloadSize: Int
    /// Bytes of a token.
    package var tokenSizes: ClosedRange<Int>
    package var unknownCommand: UnknownCommandAnswer
    /// The status that a payload gets which is no JSON dictionary; `nil`: none, it is accepted on the wire.
    package var malformedPayloadStatus: UInt8?
    /// The status that a priority other than 5 and 10 gets; `nil`: none, it is accepted.
    package var otherPriorityStatus: UInt8?
    /// The status that an item gets which stands in a frame twice; `nil`: none, the last one counts.
    package var duplicateItemStatus: UInt8?
    /// The versions of TLS that the gateway is to speak; rows about others are skipped.
    package var versions: [TLSVersion]

    package init(
        commands: ClosedRange<UInt8> = 0...2,
        maximumPayloadSize: Int = 2_048,
        tokenSizes: ClosedRange<Int> = 32...32,
        unknownCommand: UnknownCommandAnswer = .silence,
        malformedPayloadStatus: UInt8? = nil,
        otherPriorityStatus: UInt8? = nil,
        duplicateItemStatus: UInt8? = 128,
        versions: [TLSVersion] = [.tlsv1, .tlsv11, .tlsv12]
    ) {
        self.commands = commands
        self.maximumPayloadSize = maximumPayloadSize
        self.tokenSizes = tokenSizes
        self.unknownCommand = unknownCommand
        self.malformedPayloadStatus = malformedPayloadStatus
        self.otherPriorityStatus = otherPriorityStatus
        self.duplicateItemStatus = duplicateItemStatus
        self.versions = versions
    }

    /// A size that no token has, and not 0, which counts as a missing token.
    var wrongTokenSize: Int {
        self.tokenSizes.lowerBound > 1 ? self.tokenSizes.lowerBound - 1 : self.tokenSizes.upperBound + 1
    }
}

/// How long to wait, in real time. An answer that comes ends the wait; only what does not come takes so long.
package struct ConformanceTimeouts: Hashable, Sendable {
    /// For TCP to connect, and again for the handshake.
    package var connect: Duration
    /// For an error packet or the end of the stream.
    package var answer: Duration
    /// For the feedback service to say everything and close.
    package var feedback: Duration
    /// How long nothing may come, in the two rows where a known bad frame cannot prove silence; and between two
    /// writes that must not be read together.
    package var silence: Duration
    /// Between the many small pieces of a frame, so that the gateway reads most of them apart.
    package var piece: Duration

    package init(
        connect: Duration = .seconds(10),
        answer: Duration = .seconds(5),
        feedback: Duration = .seconds(10),
        silence: Duration = .milliseconds(300),
        piece: Duration = .milliseconds(2)
    ) {
        self.connect = connect
        self.answer = answer
        self.feedback = feedback
        self.silence = silence
        self.piece = piece
    }
}
