import PushBroker
import PushLedger
import PushVocabulary
import Testing

/// What single notifications look like.
struct AuditFrameTests {
    private var story = AuditStory()
    private let connection: ConnectionID

    init() {
        self.connection = self.story.connect()
    }

    @discardableResult
    private mutating func refuse(
        _ status: UInt8,
        note: String?,
        token: UInt8? = nil,
        command: UInt8 = 1,
        length: Int = 93
    )
        -> NotificationID
    {
        let id = self.story.push(
            to: token,
            on: self.connection,
            .rejected(status: status),
            command: command,
            length: length
        )
        if let note { self.story.ledger.attach(note, to: id) }
        return id
    }

    // MARK: - oversize, malformed, unusable-payload

    @Test mutating func `a payload over the limit is found, with the first one's defect`() throws {
        self.story.push(on: self.connection)
        self.refuse(7, note: "payload of 300 bytes, the limit is 256")
        self.refuse(7, note: nil)
        let finding = try #require(self.story.finding(.oversize))
        #expect(finding.severity == .error)
        #expect(finding.notifications == [2, 3])
        #expect(
            finding.summary
                == "2 notifications were refused with status 7 because of the payload's size "
                + "(n-2: payload of 300 bytes, the limit is 256)."
        )
        #expect(self.story.finding(.malformed) == nil)
    }

    @Test mutating func `frames refused for their form are found`() {
        for status in [2, 4, 5, 6, 128] as [UInt8] { self.refuse(status, note: nil) }
        self.refuse(0, note: "unknown command 71", command: 71)
        #expect(self.story.finding(.malformed)?.notifications == [1, 2, 3, 4, 5, 6])
        #expect(self.story.finding(.malformed)?.severity == .error)
        #expect(self.story.finding(.oversize) == nil)
    }

    @Test mutating func `an empty frame that asks for the end is not malformed`() {
        self.refuse(2, note: nil, command: 2, length: 29)
        #expect(self.story.finding(.malformed) == nil)
        self.refuse(2, note: nil, command: 2, length: 30)
        #expect(self.story.finding(.malformed)?.notifications == [2])
    }

    @Test mutating func `other refusals and well-formed frames are not malformed`() {
        for status in [1, 3, 8, 10, 255] as [UInt8] { self.refuse(status, note: nil, token: 1) }
        self.story.push(on: self.connection)
        #expect(self.story.finding(.malformed) == nil)
        #expect(self.story.finding(.unusablePayload) == nil)
    }

    @Test mutating func `what a fault rule refused is not held against the frame`() {
        for status in [0, 1, 2, 4, 5, 6, 7, 128] as [UInt8] {
            let id = self.refuse(status, note: nil, token: 1)
            self.story.ledger.attachRefusal(byRule: "some", to: id)
        }
        for rule in [.oversize, .malformed, .unusablePayload] as [AuditRule] {
            #expect(self.story.finding(rule) == nil, "\(rule)")
        }
    }

    @Test mutating func `a payload no device can use is found, accepted or refused by a strict profile`() throws {
        self.story.push(on: self.connection)
        let accepted = self.story.push(on: self.connection, .accepted, .undeliverable(.unusablePayload))
        self.story.ledger.attach("payload is not valid JSON at byte 3", to: accepted)
        self.refuse(128, note: "payload ends with a NUL", token: 1)
        self.refuse(1, note: "payload is not UTF-8", token: 1)
        let finding = try #require(self.story.finding(.unusablePayload))
        #expect(finding.severity == .error)
        #expect(finding.notifications == [2, 3, 4])
        #expect(finding.summary.contains("n-2: payload is not valid JSON at byte 3"))
        #expect(self.story.finding(.malformed) == nil)
    }

    @Test mutating func `a priority that is neither 5 nor 10 is found, and is no unusable payload when it is refused`()
        throws
    {
        self.story.push(on: self.connection)
        let taken = self.story.push(on: self.connection, priority: 7)
        self.story.ledger.attach(otherPriority: 7, to: taken)
        let refused = self.story.push(on: self.connection, .rejected(status: 128), priority: 0)
        self.story.ledger.attach(otherPriority: 0, to: refused)
        let finding = try #require(self.story.finding(.unlistedPriority))
        #expect(finding.severity == .warning)
        #expect(finding.notifications == [2, 3])
        #expect(finding.summary.contains("n-2: the priority is 7, neither 5 nor 10"))
        #expect(self.story.finding(.unusablePayload) == nil)
        #expect(self.story.finding(.malformed) == nil)
    }

    @Test mutating func `an undeliverable notification need not have an unusable payload`() {
        self.story.push(on: self.connection, .accepted, .undeliverable(.appRemoved))
        #expect(self.story.finding(.unusablePayload) == nil)
    }

    // MARK: - simple-format-only

    @Test mutating func `who uses only the simple format never learns of errors`() throws {
        self.story.push(on: self.connection, command: 0, identifier: .some(nil), expiry: nil)
        self.story.push(on: self.connection, command: 0, identifier: .some(nil), expiry: nil)
        self.story.push(on: self.connection, topic: "com.example.other", command: 2)
        let finding = try #require(self.story.finding(.simpleFormatOnly))
        #expect(finding.severity == .warning)
        #expect(finding.notifications == [1, 2])
        #expect(finding.topics == [AuditStory.app])
        self.story.push(on: self.connection, command: 2)
        #expect(self.story.finding(.simpleFormatOnly) == nil)
    }

    // MARK: - identifier-reuse, identifier-zero

    @Test mutating func `an identifier that comes twice on a connection is found`() throws {
        for identifier in [5, 6, 5, 7, 5] as [UInt32] { self.story.push(on: self.connection, identifier: identifier) }
        let finding = try #require(self.story.finding(.identifierReuse))
        #expect(finding.severity == .warning)
        #expect(finding.notifications == [3, 5])
        #expect(finding.connections == [self.connection])
    }

    @Test mutating func `the same identifier on another connection, or none at all, is no reuse`() {
        let other = self.story.connect()
        for connection in [self.connection, other] {
            self.story.push(on: connection, identifier: 5)
            self.story.push(on: connection, command: 2, identifier: .some(nil))
            self.story.push(on: connection, command: 2, identifier: .some(nil))
            // A frame that could not be read to its end: its identifier may be anything.
            self.story.push(to: nil, on: connection, .rejected(status: 128), identifier: 5)
        }
        #expect(self.story.finding(.identifierReuse) == nil)
    }

    @Test mutating func `identifier 0 or none makes an error packet ambiguous`() throws {
        self.story.push(on: self.connection, identifier: 0)
        self.story.push(on: self.connection, identifier: 1)
        self.story.push(on: self.connection, command: 2, identifier: .some(nil))
        let finding = try #require(self.story.finding(.identifierZero))
        #expect(finding.severity == .warning)
        #expect(finding.notifications == [1, 3])
    }

    @Test mutating func `the simple format has no identifier to leave out`() {
        self.story.push(on: self.connection, command: 0, identifier: .some(nil))
        self.story.push(to: nil, on: self.connection, .rejected(status: 2), command: 2, identifier: 0)
        self.story.push(on: self.connection, identifier: 1)
        #expect(self.story.finding(.identifierZero) == nil)
    }

    // MARK: - Expiry

    @Test mutating func `a small expiry is a duration by mistake`() throws {
        for expiry in [3_600, 1, 315_360_000] as [UInt32] { self.story.push(on: self.connection, expiry: expiry) }
        let finding = try #require(self.story.finding(.expiryIsADuration))
        #expect(finding.severity == .error)
        #expect(finding.notifications == [1, 2, 3])
        #expect(finding.summary.contains("such as 3600,"))
        #expect(self.story.finding(.expiredOnArrival) == nil)
    }

    @Test mutating func `an expiry that has passed on arrival is found`() throws {
        let now = UInt32(AuditStory.start.unixSeconds)
        for expiry in [now, now - 86_400, 315_360_001] { self.story.push(on: self.connection, expiry: expiry) }
        let finding = try #require(self.story.finding(.expiredOnArrival))
        #expect(finding.severity == .warning)
        #expect(finding.notifications == [1, 2, 3])
        #expect(self.story.finding(.expiryIsADuration) == nil)
    }

    @Test mutating func `0, none, a date to come and a negative number are not past`() {
        let now = UInt32(AuditStory.start.unixSeconds)
        for expiry in [0, nil, now + 1, .max, 0x8000_0000] as [UInt32?] {
            self.story.push(on: self.connection, expiry: expiry)
        }
        // In 2040 the negative numbers lie in the past, read as dates.
        self.story.now = Instant(unixSeconds: 2_208_988_800)
        self.story.push(on: self.connection, expiry: 0x8000_0000)
        #expect(self.story.finding(.expiredOnArrival) == nil)
        #expect(self.story.finding(.expiryIsADuration) == nil)
    }

    @Test mutating func `an expiry that forbids storing, and a device away, is a note`() throws {
        for expiry in [0, nil, .max] as [UInt32?] {
            self.story.push(on: self.connection, .accepted, .expired(.notStored), expiry: expiry)
        }
        let finding = try #require(self.story.finding(.neverStored))
        #expect(finding.severity == .note)
        #expect(finding.notifications == [1, 2, 3])
    }

    @Test mutating func `a device that is there, and an expiry that passed, are no case of it`() {
        self.story.push(on: self.connection, expiry: 0)
        self.story.push(on: self.connection, .accepted, .expired(.notStored), expiry: 1_300_000_000)
        self.story.push(on: self.connection, .accepted, .expired(.timePassed))
        #expect(self.story.finding(.neverStored) == nil)
    }

    // MARK: - coalesced-bursts

    @Test mutating func `of a burst to one token only the last counts`() throws {
        self.story.push("1", on: self.connection, .accepted, .coalesced(by: 2))
        self.story.push("2", on: self.connection, .accepted, .coalesced(by: 3))
        self.story.advance(11)
        self.story.push("3", on: self.connection)
        let finding = try #require(self.story.finding(.coalescedBursts))
        #expect(finding.severity == .warning)
        #expect(finding.notifications == [1, 2])
        #expect(
            finding.summary
                == "2 notifications were replaced by a newer one to the same token before delivery, to 1 token in all, "
                + "1 of them within 10 seconds."
        )
    }

    @Test mutating func `later news that replaces what waits for a device is a note`() {
        self.story.push("1", on: self.connection, .accepted, .coalesced(by: 2))
        self.story.advance(11)
        self.story.push("2", on: self.connection)
        #expect(self.story.finding(.coalescedBursts)?.severity == .note)
        #expect(self.story.finding(.coalescedBursts)?.count == 1)
    }

    @Test mutating func `what was delivered or waits was no burst`() {
        self.story.push("1", on: self.connection)
        self.story.push("2", on: self.connection, .accepted, .stored(.deviceAway))
        #expect(self.story.finding(.coalescedBursts) == nil)
    }
}
