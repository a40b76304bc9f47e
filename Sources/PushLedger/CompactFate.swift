import PushBroker

/// A fate in one byte: its kind in the upper half, its reason in the lower. What a fate says beyond that, which newer
/// notification or which rule, is a number kept once in the notification's record.
struct CompactFate: Hashable {
    /// How it is kept; 0: no fate yet.
    private(set) var code: UInt8

    static let undecided = CompactFate(code: 0)

    private init(code: UInt8) {
        self.code = code
    }

    /// - Parameter code: `nil` for a number that stands for no fate.
    init?(keptAs code: UInt8) {
        self.code = code
        guard code == 0 || self.fate(detail: 0, rules: [""]) != nil else { return nil }
    }

    init(_ fate: Fate) {
        self.code =
            switch fate {
            case .delivered: 0x10
            case .inFlight: 0x20
            case .stored(.deviceAway): 0x30
            case .stored(.awaitingAcknowledgement): 0x31
            case .stored(.topicPaused): 0x32
            case .stored(.topicIgnored): 0x33
            case .stored(.topicUnlisted): 0x34
            case .stored(.connectionLost): 0x35
            case .stored(.heldBack): 0x36
            case .coalesced: 0x40
            case .expired(.notStored): 0x50
            case .expired(.timePassed): 0x51
            case .undeliverable(.appRemoved): 0x60
            case .undeliverable(.deviceRemoved): 0x61
            case .undeliverable(.unusablePayload): 0x62
            case .undeliverable(.tokenVoid): 0x63
            case .lost: 0x70
            }
    }

    /// `nil` before the first fate.
    var kind: FateKind? {
        switch self.code >> 4 {
        case 1: .delivered
        case 2: .inFlight
        case 3: .stored
        case 4: .coalesced
        case 5: .expired
        case 6: .undeliverable
        case 7: .lost
        default: nil
        }
    }

    /// - Parameters:
    ///   - detail: the newer notification's number, or the rule's.
    ///   - rules: the names of the rules.
    func fate(detail: UInt64, rules: [String]) -> Fate? {
        switch self.code {
        case 0x10: .delivered
        case 0x20: .inFlight
        case 0x30: .stored(.deviceAway)
        case 0x31: .stored(.awaitingAcknowledgement)
        case 0x32: .stored(.topicPaused)
        case 0x33: .stored(.topicIgnored)
        case 0x34: .stored(.topicUnlisted)
        case 0x35: .stored(.connectionLost)
        case 0x36: .stored(.heldBack)
        case 0x40: .coalesced(by: NotificationID(rawValue: detail))
        case 0x50: .expired(.notStored)
        case 0x51: .expired(.timePassed)
        case 0x60: .undeliverable(.appRemoved)
        case 0x61: .undeliverable(.deviceRemoved)
        case 0x62: .undeliverable(.unusablePayload)
        case 0x63: .undeliverable(.tokenVoid)
        case 0x70: .lost(rule: rules[Int(detail)])
        default: nil
        }
    }
}
