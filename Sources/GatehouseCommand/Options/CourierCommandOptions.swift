import ArgumentParser
import Gatehouse

/// What may be chosen about the courier.
struct CourierCommandOptions: ParsableArguments {
    @Option(
        name: .customLong("courier-credentials"),
        help: .setting(
            .courierCredentials,
            "Whether a device's proof is insisted on: verify or accept. (default: verify)",
            valueName: "how"
        )
    )
    var credentials: String?

    @Option(
        name: .customLong("courier-authentication"),
        help: .setting(
            .courierAuthentication,
            "Where devices prove themselves: connect, or tls for a client certificate as of old. (default: connect)",
            valueName: "where"
        )
    )
    var authentication: String?

    @Option(
        name: .customLong("courier-tokens"),
        help: .setting(
            .courierTokens,
            "What becomes of a base token from elsewhere: adopt, strict or reissue. (default: adopt)",
            valueName: "policy"
        )
    )
    var tokens: String?

    @Option(
        name: .customLong("courier-token-echo"),
        help: .setting(
            .courierTokenEcho,
            "When a device is told its base token: always, or changed. (default: always)",
            valueName: "when"
        )
    )
    var tokenEcho: String?

    @Option(
        name: .customLong("courier-protocols"),
        help: .setting(
            .courierProtocols,
            "Protocol names to agree on in TLS, separated by commas, or none. (default: v3, then v2)",
            valueName: "names"
        )
    )
    var protocols: String?

    @Option(
        name: .customLong("courier-idle"),
        help: .setting(
            .courierIdle,
            "Silence after which a device's connection is closed, such as 65m, or never. (default: 65m)",
            valueName: "duration"
        )
    )
    var idle: String?

    var flags: [ServeOption: String] {
        var flags: [ServeOption: String] = [:]
        flags[.courierCredentials] = self.credentials
        flags[.courierAuthentication] = self.authentication
        flags[.courierTokens] = self.tokens
        flags[.courierTokenEcho] = self.tokenEcho
        flags[.courierProtocols] = self.protocols
        flags[.courierIdle] = self.idle
        return flags
    }
}
