import PushBroker
import PushVocabulary

/// One step of a random history. Phones and apps are named by their numbers in the oracle.
enum Step: Hashable {
    case push(token: UInt8, topics: [UInt8], Environment, expiry: Int64?)
    case connect(Int)
    case filter(Int, [UInt8: TopicClass])
    case disconnect(Int)
    case acknowledge(NotificationID, by: Int)
    case expire
    case removeApp(Int)
    case install(UInt8, on: Int, token: UInt8)
    case removePhone(Int)
    case addPhone(Environment)
    case changeBaseToken(Int)
    case readFeedback([UInt8], Environment)
    case reset(UInt8)
}

/// Draws steps that have a fair chance to matter: mostly known tokens, mostly what is in flight.
struct RandomSchedule {
    static let topics: ClosedRange<UInt8> = 1...3

    var random: SeededGenerator

    init(seed: UInt64) {
        self.random = SeededGenerator(seed: seed)
    }

    /// Whole seconds, so that steps often fall exactly on a deadline.
    mutating func pause() -> Duration {
        .seconds(Int64.random(in: 0...9, using: &self.random) < 6 ? 0 : Int64.random(in: 1...10, using: &self.random))
    }

    mutating func next(_ oracle: Oracle) -> Step {
        let phones = oracle.phones.indices.filter { !oracle.phones[$0].isGone }
        let apps = oracle.apps.indices.filter { !oracle.apps[$0].isGone }
        guard let phone = phones.randomElement(using: &self.random), let app = apps.randomElement(using: &self.random)
        else { return self.growth(phones) }
        switch Int.random(in: 0..<100, using: &self.random) {
        case 0..<34: return self.push(oracle, app)
        case 34..<54: return self.acknowledgement(oracle, phone, app)
        case 54..<61: return .connect(phone)
        case 61..<71: return .filter(phone, self.classes())
        case 71..<77: return .disconnect(phone)
        case 77..<83: return .expire
        case 83..<86: return .removeApp(app)
        case 86..<91: return self.installation(oracle, phone, app)
        case 91..<92: return .removePhone(phone)
        case 92..<93: return .addPhone(self.environment())
        case 93..<94: return .changeBaseToken(phone)
        case 94..<98: return .readFeedback(self.someTopics(), self.environment())
        default: return .reset(UInt8.random(in: Self.topics, using: &self.random))
        }
    }

    private mutating func growth(_ phones: [Int]) -> Step {
        guard let phone = phones.randomElement(using: &self.random) else { return .addPhone(self.environment()) }
        return .install(
            UInt8.random(in: Self.topics, using: &self.random),
            on: phone,
            token: UInt8.random(in: 1...8, using: &self.random)
        )
    }

    private mutating func push(_ oracle: Oracle, _ app: Int) -> Step {
        let target = oracle.apps[app]
        let environment = oracle.phones[target.phone].environment
        let expiry: Int64? =
            switch Int.random(in: 0..<10, using: &self.random) {
            case 0..<2: nil
            case 2: Int64.random(in: -5...0, using: &self.random)
            default: Int64.random(in: 1...60, using: &self.random)
            }
        if Int.random(in: 0..<10, using: &self.random) == 0 {
            let token = UInt8.random(in: 1...8, using: &self.random)
            return .push(token: token, topics: self.someTopics(), self.environment(), expiry: expiry)
        }
        return .push(token: target.token, topics: [target.topic], environment, expiry: expiry)
    }

    /// Mostly right, sometimes late, double, another's, or of nothing.
    private mutating func acknowledgement(_ oracle: Oracle, _ phone: Int, _ app: Int) -> Step {
        let owner = oracle.apps[app].phone
        if Int.random(in: 0..<10, using: &self.random) < 7, let flying = oracle.inFlight(app) {
            return .acknowledge(oracle.notes[flying].id, by: owner)
        }
        let any = oracle.notes.randomElement(using: &self.random)?.id ?? NotificationID(rawValue: 999_999)
        return .acknowledge(any, by: phone)
    }

    private mutating func installation(_ oracle: Oracle, _ phone: Int, _ app: Int) -> Step {
        if Bool.random(using: &self.random) {
            let old = oracle.apps[app]
            return .install(old.topic, on: old.phone, token: old.token)
        }
        return .install(
            UInt8.random(in: Self.topics, using: &self.random),
            on: phone,
            token: UInt8.random(in: 1...8, using: &self.random)
        )
    }

    private mutating func classes() -> [UInt8: TopicClass] {
        var classes: [UInt8: TopicClass] = [:]
        for topic in Self.topics {
            switch Int.random(in: 0..<10, using: &self.random) {
            case 0..<6: classes[topic] = .enabled
            case 6..<9: classes[topic] = TopicClass.allCases.randomElement(using: &self.random)
            default: break
            }
        }
        return classes
    }

    private mutating func someTopics() -> [UInt8] {
        Array(Self.topics.shuffled(using: &self.random).prefix(Int.random(in: 1...3, using: &self.random)))
    }

    private mutating func environment() -> Environment {
        Bool.random(using: &self.random) ? .sandbox : .production
    }
}
