import ArgumentParser
import Gatehouse

/// The settings of `serve`. Texts here; what they mean, and whether they can be, is decided in one place for flags,
/// variables and file alike.
struct ServeOptions: ParsableArguments {
    @Option(
        help: .setting(.port, "Free ports for all services.", discussion: "Takes only 0.", valueName: "0")
    )
    var port: String?

    @Option(help: .setting(.gateway, "Where the gateway listens. (default: 127.0.0.1:2195)", valueName: "host:port"))
    var gateway: String?

    @Option(
        help: .setting(
            .feedback,
            "Where the feedback service listens. (default: 127.0.0.1:2196)",
            valueName: "host:port"
        )
    )
    var feedback: String?

    @Option(help: .setting(.courier, "Where devices connect. (default: 127.0.0.1:5223)", valueName: "host:port"))
    var courier: String?

    @Option(
        help: .setting(
            .control,
            "Where the HTTP control API listens. (default: 127.0.0.1:8195)",
            valueName: "host:port"
        )
    )
    var control: String?

    @Option(
        help: .setting(
            .environment,
            "sandbox, production or both; both puts production on ports 1000 higher. (default: sandbox)",
            valueName: "name"
        )
    )
    var environment: String?

    @Option(help: .setting(.profile, "How strict the service is, and of which era. (default: 2014)", valueName: "name"))
    var profile: String?

    @Option(
        name: .customLong("magic-tokens"),
        help: .setting(
            .magicTokens,
            "Whether tokens that begin with fa17 misbehave by themselves: on or off. (default: on)",
            valueName: "switch"
        )
    )
    var magicTokens: String?

    @Option(
        name: .customLong("expose-to-network"),
        help: .setting(
            .exposeToNetwork,
            "Whether services may listen where other machines can read every push and change what the server does: "
                + "on or off. (default: off)",
            valueName: "switch"
        )
    )
    var exposeToNetwork: String?

    @Option(
        help: .setting(.config, "A YAML file. (default: gatehouse.yml, when there is one here)", valueName: "file")
    )
    var config: String?

    @Option(help: .setting(.seed, "Makes what is random repeat itself. (default: a random one)", valueName: "number"))
    var seed: String?

    @Option(
        help: .setting(
            .certs,
            "The directory of certificates, made when missing. (default: the user's data directory)",
            valueName: "directory"
        )
    )
    var certs: String?

    @Option(
        help: .setting(
            .state,
            "A file that keeps everything beyond the process, made when missing. (default: memory only)",
            valueName: "file"
        )
    )
    var state: String?

    @Option(help: .setting(.sans, "More names for the server certificates, separated by commas.", valueName: "names"))
    var sans: String?

    @Option(
        name: .customLong("allowed-hosts"),
        help: .setting(
            .allowedHosts,
            "More names under which the control API may be asked, separated by commas.",
            valueName: "names"
        )
    )
    var allowedHosts: String?

    @Option(help: .setting(.clock, "real, or manual: moved by a test. (default: real)", valueName: "mode"))
    var clock: String?

    @Option(
        name: .customLong("clock-start"),
        help: .setting(
            .clockStart,
            "Where a manual clock stands first, such as 2014-05-01T00:00:00Z. (default: the present)",
            valueName: "time"
        )
    )
    var clockStart: String?

    @Option(
        help: .setting(
            .ready,
            "How to say that everything is open: text, or json for one line and nothing else. (default: text)",
            valueName: "form"
        )
    )
    var ready: String?

    @Option(
        name: .customLong("ready-file"),
        help: .setting(.readyFile, "A file for that line, written whole or not at all.", valueName: "file")
    )
    var readyFile: String?

    @Option(
        name: .customLong("network-profiles"),
        help: .setting(
            .networkProfiles,
            "A directory with network profiles of your own, beside those that come with Gatehouse.",
            valueName: "directory"
        )
    )
    var networkProfiles: String?

    @Option(
        name: .customLong("log-format"),
        help: .setting(
            .logFormat,
            "How to tell what happens on standard error: text or json. (default: text on a terminal, else json)",
            valueName: "form"
        )
    )
    var logFormat: String?

    @Option(
        name: .customLong("log-level"),
        help: .setting(
            .logLevel,
            "How much of it: debug, info, warning or error. (default: info on a terminal, else error)",
            valueName: "level"
        )
    )
    var logLevel: String?

    @OptionGroup(title: "The courier")
    var courierOptions: CourierCommandOptions

    @OptionGroup(title: "Limits on what clients may take")
    var limits: LimitOptions

    @OptionGroup(title: "Single choices of the profile")
    var choices: ProfileOptions

    private var flags: [ServeOption: String] {
        var flags: [ServeOption: String] = [:]
        flags[.port] = self.port
        flags[.gateway] = self.gateway
        flags[.feedback] = self.feedback
        flags[.courier] = self.courier
        flags[.control] = self.control
        flags[.environment] = self.environment
        flags[.profile] = self.profile
        flags.merge(self.choices.flags) { $1 }
        flags[.magicTokens] = self.magicTokens
        flags[.exposeToNetwork] = self.exposeToNetwork
        flags[.config] = self.config
        flags[.seed] = self.seed
        flags[.certs] = self.certs
        flags[.state] = self.state
        flags[.sans] = self.sans
        flags[.allowedHosts] = self.allowedHosts
        flags[.networkProfiles] = self.networkProfiles
        flags.merge(self.courierOptions.flags) { $1 }
        flags.merge(self.limits.flags) { $1 }
        flags[.clock] = self.clock
        flags[.clockStart] = self.clockStart
        flags[.ready] = self.ready
        flags[.readyFile] = self.readyFile
        flags[.logFormat] = self.logFormat
        flags[.logLevel] = self.logLevel
        return flags
    }

    var sources: ConfigurationSources {
        ConfigurationSources(flags: self.flags, variables: CertificateDirectory.processVariables)
    }

    /// Flags over variables over file over defaults.
    func resolve(
        over standard: GatehouseConfiguration = GatehouseConfiguration()
    ) throws(GatehouseError) -> GatehouseConfiguration {
        try GatehouseConfiguration.resolve(
            self.sources,
            over: standard,
            warn: { Talk.say("gatehouse: \($0)") }
        )
    }
}

extension ArgumentHelp {
    /// Help on a setting, which has a variable as well.
    static func setting(
        _ option: ServeOption,
        _ abstract: String,
        discussion: String = "",
        valueName: String
    ) -> ArgumentHelp {
        ArgumentHelp("\(abstract) [\(option.variable)]", discussion: discussion, valueName: valueName)
    }
}
