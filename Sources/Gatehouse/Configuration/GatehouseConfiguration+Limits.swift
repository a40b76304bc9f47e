import ControlAPI
import PushServer
import PushVocabulary

/// The limits on what clients may take, as settings.
extension GatehouseConfiguration {
    private enum LimitForm {
        case number(WritableKeyPath<GatehouseConfiguration, Int>, atLeast: Int)
        case duration(WritableKeyPath<GatehouseConfiguration, Duration>)
        case durationOrNever(WritableKeyPath<GatehouseConfiguration, Duration?>)
    }

    /// - Returns: `nil`: the option is no limit.
    private static func limit(_ option: ServeOption) -> LimitForm? {
        switch option {
        case .connectionLimit: .number(\.connectionLimits.maximumConnections, atLeast: 1)
        case .handshakeLimit: .number(\.connectionLimits.maximumHandshakes, atLeast: 1)
        case .handshakeTimeout: .duration(\.connectionLimits.handshakeTimeout)
        case .unfinishedTimeout: .durationOrNever(\.connectionLimits.unfinishedTimeout)
        case .gatewayIdle: .durationOrNever(\.gatewayIdleTimeout)
        case .controlConnectionLimit: .number(\.controlLimits.maximumConnections, atLeast: 1)
        case .controlBodyLimit: .number(\.controlLimits.maximumBodySize, atLeast: 1_024)
        case .controlHeaderLimit: .number(\.controlLimits.maximumHeaderSize, atLeast: 1_024)
        case .controlTimeout: .duration(\.controlLimits.timeout)
        default: nil
        }
    }

    /// Sets a limit to what was written.
    ///
    /// - Returns: whether the option is a limit.
    mutating func setLimit(_ option: ServeOption, to text: String) throws(SettingProblem) -> Bool {
        switch Self.limit(option) {
        case .number(let place, let least):
            guard let number = Int(text), number >= least else {
                throw SettingProblem("`\(text)` is not a whole number from \(least) up")
            }
            self[keyPath: place] = number
        case .duration(let place):
            guard let duration = Self.duration(text) else {
                throw SettingProblem("`\(text)` is not a duration such as 10s or 500ms")
            }
            self[keyPath: place] = duration
        case .durationOrNever(let place): self[keyPath: place] = try Self.durationOrNever(text)
        case nil: return false
        }
        return true
    }

    /// A limit as it would be written; `nil`: the option is none.
    func limitText(of option: ServeOption) -> String? {
        switch Self.limit(option) {
        case .number(let place, _): String(self[keyPath: place])
        case .duration(let place): self[keyPath: place].written
        case .durationOrNever(let place): self[keyPath: place]?.written ?? "never"
        case nil: nil
        }
    }

    static func durationOrNever(_ text: String) throws(SettingProblem) -> Duration? {
        if text == "never" { return nil }
        guard let duration = Self.duration(text) else {
            throw SettingProblem("`\(text)` is neither never nor a duration such as 65m")
        }
        return duration
    }

    private static func duration(_ text: String) -> Duration? {
        Duration(typed: text).flatMap { $0 > .zero ? $0 : nil }
    }
}
