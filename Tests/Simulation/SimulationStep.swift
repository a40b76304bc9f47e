import MockDevice
import PushVocabulary

/// One thing that happens in a simulated world. Who is meant is a number that the world takes modulo what it has, so
/// that any part of a plan is a plan: that is what lets a failing one be shrunk.
enum SimulationStep: Hashable, Sendable {
    enum Expiry: Hashable, Sendable {
        case none
        case zero
        case past
        case seconds(UInt32)
    }

    /// A notification for the app of the provider's topic on this phone, whatever environment that lives in.
    case push(provider: Int, phone: Int, command: UInt8, Expiry)
    /// A frame that is refused: a token nobody has, or one that is too short.
    case badPush(provider: Int, isShort: Bool)
    /// The network moves so many bytes, or the end that stands behind them.
    case carryFromProvider(Int, bytes: Int)
    case carryToProvider(Int, bytes: Int)
    case carryFromPhone(Int, bytes: Int)
    case carryToPhone(Int, bytes: Int)
    case carryEverything
    case cutProvider(Int)
    case cutPhone(Int)
    /// The phone's network takes everything and delivers nothing, until it is cut or works again.
    case stallPhone(Int)
    case releasePhone(Int)
    case connectPhone(Int)
    case disconnectPhone(Int)
    /// The phone forgets its connection; what it has registered stays.
    case rebootPhone(Int)
    case install(phone: Int, topic: Int)
    case uninstall(phone: Int, topic: Int)
    /// Every app goes, and with the last the connection: the service is never told of that one.
    case uninstallAll(phone: Int)
    /// The user opens an app, and so has it ask for its token once more.
    case launch(phone: Int, topic: Int)
    /// The phone sorts a topic otherwise in its Filter: paused, ignored, opportunistic, not waking, enabled.
    case sort(phone: Int, topic: Int, AppSorting)
    /// The user turns an app's notifications on or off.
    case allow(phone: Int, topic: Int, Bool)
    case advance(seconds: Int)
    /// The next notification of a topic is lost by a rule.
    case loseNext(topic: Int)
    /// The connection of a provider is closed without a word, by a rule, at its next frame.
    case closeNext(topic: Int)
    case readFeedback(provider: Int)
}

/// What happens in one life of the service, all of it from one seed.
package struct SimulationPlan: Sendable {
    private static let length = 120

    package let seed: UInt64
    var steps: [SimulationStep]

    package init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        self.seed = seed
        self.steps = [.carryEverything] + (0..<Self.length).map { _ in Self.step(&random) }
    }

    private static func step(_ random: inout SeededGenerator) -> SimulationStep {
        let who = Int.random(in: 0..<12, using: &random)
        let bytes = Bool.random(using: &random) ? 65_536 : Int.random(in: 1...400, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<29: return self.push(who, &random)
        case 29..<31: return .badPush(provider: who, isShort: Bool.random(using: &random))
        case 31..<46: return .carryFromProvider(who, bytes: bytes)
        case 46..<48: return .carryToProvider(who, bytes: bytes)
        case 48..<58: return .carryToPhone(who, bytes: bytes)
        case 58..<68: return .carryFromPhone(who, bytes: bytes)
        case 68..<71: return .carryEverything
        case 71..<81: return self.disturbance(who, &random)
        case 81..<87: return self.change(who, &random)
        case 87..<94: return .advance(seconds: Int.random(in: 0...40, using: &random))
        case 94..<95: return .advance(seconds: Int.random(in: 600...4_000, using: &random))
        case 95..<96: return .loseNext(topic: who)
        case 96..<97: return .closeNext(topic: who)
        default: return .readFeedback(provider: who)
        }
    }

    private static func push(_ provider: Int, _ random: inout SeededGenerator) -> SimulationStep {
        let expiry: SimulationStep.Expiry =
            switch Int.random(in: 0..<10, using: &random) {
            case 0: .none
            case 1: .zero
            case 2: .past
            default: .seconds(UInt32.random(in: 1...90, using: &random))
            }
        return .push(
            provider: provider,
            phone: Int.random(in: 0..<12, using: &random),
            command: UInt8.random(in: 0...2, using: &random),
            expiry
        )
    }

    private static func disturbance(_ who: Int, _ random: inout SeededGenerator) -> SimulationStep {
        switch Int.random(in: 0..<15, using: &random) {
        case 0..<2: return .cutProvider(who)
        case 2..<5: return .cutPhone(who)
        case 5..<7: return .stallPhone(who)
        case 7..<9: return .releasePhone(who)
        case 9..<12: return .connectPhone(who)
        case 12..<14: return .disconnectPhone(who)
        default: return .rebootPhone(who)
        }
    }

    /// What users do with apps.
    private static func change(_ who: Int, _ random: inout SeededGenerator) -> SimulationStep {
        let topic = Int.random(in: 0..<2, using: &random)
        switch Int.random(in: 0..<26, using: &random) {
        case 0..<5: return .install(phone: who, topic: topic)
        case 5..<11: return .uninstall(phone: who, topic: topic)
        case 11..<12: return .launch(phone: who, topic: topic)
        case 12..<15: return .allow(phone: who, topic: topic, Bool.random(using: &random))
        case 15..<17: return .uninstallAll(phone: who)
        default:
            let sorting: [AppSorting] = [.enabled, .enabled, .opportunistic, .nonWaking, .paused, .paused, .ignored]
            return .sort(phone: who, topic: topic, sorting[Int.random(in: sorting.indices, using: &random)])
        }
    }
}
