import MockDevice

/// Everything that has a say in the configuration, and the file system as far as the choice depends on it.
package struct ConfigurationSources: Sendable {
    /// Raw text of the flags given.
    package var flags: [ServeOption: String]
    /// The process's environment.
    package var variables: [String: String]

    package init(flags: [ServeOption: String] = [:], variables: [String: String] = [:]) {
        self.flags = flags
        self.variables = variables
    }
}

extension GatehouseConfiguration {
    /// The name under which a configuration file is found without being named.
    package static let usualFile = "gatehouse.yml"

    /// The configuration that flags, variables, file and defaults amount to: an earlier one in this list outweighs a
    /// later one.
    ///
    /// - Parameters:
    ///   - standard: the defaults.
    ///   - read: the text of a file; `nil` when there is none.
    ///   - warn: told of what looks like a mistake and stops nothing.
    /// - Throws: `GatehouseError` that names the place of the first mistake.
    package static func resolve(
        _ sources: ConfigurationSources,
        over standard: GatehouseConfiguration = GatehouseConfiguration(),
        read: (String) throws(GatehouseError) -> String? = FileSystem.text(of:),
        warn: (String) -> Void = { _ in }
    ) throws(GatehouseError) -> GatehouseConfiguration {
        var layers = ConfigurationLayers(over: standard)
        let file = try Self.file(sources, read: read)
        if let file { try layers.apply(file) }
        try layers.apply(variables: sources.variables)
        try layers.apply(flags: sources.flags)
        for warning in VariableNames.warnings(about: sources.variables) { warn(warning) }
        var configuration = try layers.finish(with: file)
        configuration.adminToken = sources.variables[VariableNames.adminToken] ?? standard.adminToken
        _ = try configuration.networkCatalogue
        return configuration
    }

    private static func file(
        _ sources: ConfigurationSources,
        read: (String) throws(GatehouseError) -> String?
    ) throws(GatehouseError) -> ConfigurationFile? {
        let named = sources.flags[.config] ?? sources.variables[ServeOption.config.variable]
        if let text = try read(named ?? Self.usualFile) {
            return try ConfigurationFile(path: named ?? Self.usualFile, text: text) {
                setting throws(GatehouseError) -> NetworkCatalogue in
                let option = ServeOption.networkProfiles
                if let path = sources.flags[option] {
                    return try NetworkDirectory.catalogue(path, namedBy: option.flag)
                }
                if let path = sources.variables[option.variable] {
                    return try NetworkDirectory.catalogue(path, namedBy: option.variable)
                }
                return try NetworkDirectory.catalogue(
                    setting?.text,
                    namedBy: setting?.place.description ?? option.rawValue
                )
            }
        }
        guard let named else { return nil }
        let origin = sources.flags[.config] == nil ? ServeOption.config.variable : ServeOption.config.flag
        throw GatehouseError(.unavailable, "\(named): there is no such configuration file. Correct \(origin).")
    }
}

/// Puts one layer over the other.
private struct ConfigurationLayers {
    private var configuration: GatehouseConfiguration

    init(over standard: GatehouseConfiguration) {
        self.configuration = standard
    }

    mutating func apply(_ file: ConfigurationFile) throws(GatehouseError) {
        for option in ServeOption.allCases {
            guard let setting = file.settings.first(where: { $0.option == option }) else { continue }
            let origin = ConfigurationOrigin.file(
                path: setting.place.path,
                line: setting.place.line,
                column: setting.place.column
            )
            try self.set(option, to: setting.text, from: origin, place: "\(setting.place): `\(option.rawValue)`")
        }
    }

    mutating func apply(variables: [String: String]) throws(GatehouseError) {
        for option in ServeOption.allCases {
            guard let text = variables[option.variable], !VariableNames.isForeign(option.variable, text) else {
                continue
            }
            try self.set(option, to: text, from: .variable(option.variable), place: option.variable)
        }
    }

    mutating func apply(flags: [ServeOption: String]) throws(GatehouseError) {
        for option in ServeOption.allCases {
            guard let text = flags[option] else { continue }
            try self.set(option, to: text, from: .flag(option.flag), place: option.flag)
        }
    }

    private mutating func set(
        _ option: ServeOption,
        to text: String,
        from origin: ConfigurationOrigin,
        place: String
    ) throws(GatehouseError) {
        do throws(SettingProblem) {
            try self.configuration.set(option, to: text)
        } catch {
            throw GatehouseError(.usage, "\(place): \(error.message).")
        }
        self.configuration.origins[option] = origin
        guard option == .port else { return }
        for covered in [ServeOption.gateway, .feedback, .courier, .control] {
            self.configuration.origins[covered] = origin
        }
    }

    /// Checks the whole, and names the place of what is wrong with it.
    mutating func finish(with file: ConfigurationFile?) throws(GatehouseError) -> GatehouseConfiguration {
        let standard = self.configuration.servedEnvironments[0]
        self.configuration.identities = file?.identities?.map { $0.identity(standard: standard) }
        self.configuration.devices = file?.devices?.map { $0.device(standard: standard) }
        self.configuration.faults = file?.faults ?? []
        self.configuration.accumulated = file?.accumulated
        do throws(ConfigurationDefect) {
            try self.configuration.check()
        } catch {
            let place: String =
                switch error.subject {
                case .option(let option): self.configuration.origins[option]?.description ?? option.flag
                case .identity(let index): file?.identities?[index].place.description ?? error.name
                case .device(let index): file?.devices?[index].place.description ?? error.name
                case .app(let index, let device): file?.devices?[device].apps[index].place.description ?? error.name
                }
            throw GatehouseError(.usage, "\(place): \(error.message).")
        }
        return self.configuration
    }
}
