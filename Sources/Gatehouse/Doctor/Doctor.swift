import PushIdentity
import PushServer
import PushTransport
import PushVocabulary

/// Looks at everything a server needs before it starts, changes nothing, and says what to do about what is in the way.
package struct Doctor: Sendable {
    package typealias Finding = DoctorReport.Finding

    /// Certificates are made for years around now; a clock before this is wrong.
    private static let earliest = Instant("2024-01-01T00:00:00Z")

    let sources: ConfigurationSources
    let client: ControlClient

    /// - Parameters:
    ///   - sources: what a server would be configured by.
    ///   - client: the server that commands would ask.
    package init(_ sources: ConfigurationSources, client: ControlClient) {
        self.sources = sources
        self.client = client
    }

    package func examine() async -> DoctorReport {
        var findings = [Finding(.ok, "version", "gatehouse \(Gatehouse.version)"), Self.library(), Self.clock()]
        let configuration: GatehouseConfiguration
        switch self.configuration() {
        case .success(let found):
            configuration = found
            let origins = Set(found.origins.values.map(Self.source)).sorted()
            let detail = origins.isEmpty ? "the defaults" : "from \(origins.joined(separator: ", "))"
            findings.append(Finding(.ok, "configuration", detail))
        case .failure(let error):
            // What it would have said is unknown; the rest is still worth a look.
            configuration = GatehouseConfiguration()
            findings.append(Finding(.fail, "configuration", error.message))
        }
        findings += VariableNames.warnings(about: self.sources.variables).map { Finding(.warn, "variables", $0) }
        findings.append(Self.openFiles())
        findings += self.certificates(configuration)
        let (server, isOurs) = await self.server()
        findings.append(server)
        findings += await Self.ports(configuration, isServed: isOurs)
        return DoctorReport(findings: findings)
    }

    private func configuration() -> Result<GatehouseConfiguration, GatehouseError> {
        do throws(GatehouseError) {
            return .success(try GatehouseConfiguration.resolve(self.sources))
        } catch {
            return .failure(error)
        }
    }

    private static func source(_ origin: ConfigurationOrigin) -> String {
        if case .file(let path, _, _) = origin { path } else { origin.description }
    }

    private static func library() -> Finding {
        let version = CryptographicLibrary.version
        // LibreSSL and OpenSSL before 3 have other names, other formats, or both.
        guard version.hasPrefix("OpenSSL "),
            let major = version.dropFirst(8).prefix(while: \.isNumber).first?
                .wholeNumberValue, major >= 3
        else {
            return Finding(
                .warn,
                "libcrypto",
                version,
                remedy: "Tested with OpenSSL 3; install that if keys trouble you."
            )
        }
        return Finding(.ok, "libcrypto", version)
    }

    private static func openFiles() -> Finding {
        let maximum = ConnectionLimits().maximumOpenConnections
        let detail = maximum == .max ? "any number of connections" : "\(maximum) connections at the push ports together"
        guard maximum < 512 else { return Finding(.ok, "open files", detail) }
        let remedy = "For more devices, raise the limit: `ulimit -n 65536`."
        return Finding(.warn, "open files", detail + ".", remedy: remedy)
    }

    private static func clock() -> Finding {
        let now = ProductClock.systemNow()
        if let earliest, now < earliest {
            return Finding(.fail, "clock", "\(now)", remedy: "Set it: no certificate is valid yet at that time.")
        }
        return Finding(.ok, "clock", "\(now)")
    }

    // MARK: - Certificates

    private func certificates(_ configuration: GatehouseConfiguration) -> [Finding] {
        let subject = "certificates"
        do throws(GatehouseError) {
            let directory: String
            if let named = configuration.certificates {
                directory = named
            } else {
                directory = try CertificateDirectory.usual(variables: self.sources.variables)
            }
            guard FileSystem.exists("\(directory)/ca.pem") else {
                return [Self.absentCertificates(directory)]
            }
            let examination = try CertificateTasks.examine(directory: directory)
            if examination.isSound { return [Finding(.ok, subject, "\(directory): all good")] }
            return [
                Finding(
                    .fail,
                    subject,
                    "\(directory): not all good.",
                    remedy:
                        "`gatehouse certs doctor --certs \(ShellWord.quoted(directory))` says which, and what to do."
                )
            ]
        } catch {
            return [Finding(.fail, subject, error.message)]
        }
    }

    private static func absentCertificates(_ directory: String) -> Finding {
        var parent = directory
        while !FileSystem.exists(parent), let slash = parent.lastIndex(of: "/"), slash != parent.startIndex {
            parent = String(parent[..<slash])
        }
        if parent == directory || !directory.hasPrefix("/") || FileSystem.isWritable(parent) {
            return Finding(.ok, "certificates", "\(directory): none yet; the first start makes them")
        }
        return Finding(
            .fail,
            "certificates",
            "\(directory): none yet, and \(parent) cannot be written.",
            remedy: "Name another directory with --certs."
        )
    }

    // MARK: - Server and ports

    private func server() async -> (Finding, isOurs: Bool) {
        do throws(GatehouseError) {
            let info = try await self.client.info()
            let detail = "\(info.control) answers, version \(info.version)"
            guard info.version == Gatehouse.version else {
                return (Finding(.warn, "server", detail + ".", remedy: "This program is \(Gatehouse.version)."), true)
            }
            return (Finding(.ok, "server", detail), true)
        } catch {
            return (Finding(.ok, "server", "none runs at \(self.client.url)"), false)
        }
    }

    private static func ports(_ configuration: GatehouseConfiguration, isServed: Bool) async -> [Finding] {
        var wanted: [(String, ServiceAddress)] = []
        for environment in configuration.servedEnvironments {
            let addresses = configuration.addresses(of: environment)
            wanted += [
                ("gateway", addresses.gateway), ("feedback", addresses.feedback), ("courier", addresses.courier),
            ]
        }
        wanted.append(("control", ServiceAddress(host: configuration.control.host, port: configuration.control.port)))
        var findings: [Finding] = []
        for (option, address) in wanted {
            findings.append(await Self.port(option, address, isServed: isServed))
        }
        return findings
    }

    /// A port that a running Gatehouse has is as it should be.
    private static func port(_ option: String, _ address: ServiceAddress, isServed: Bool) async -> Finding {
        guard address.port != 0 else { return Finding(.ok, "port", "\(option): a free one") }
        guard let problem = await PortProbe.problem(with: address) else {
            return Finding(.ok, "port", "\(option) \(address): free")
        }
        let holder = PortHolder.description(of: address.port)
        let detail = "\(option) \(address): \(problem)\(holder.map { " by \($0)" } ?? "")"
        if isServed, holder?.hasPrefix("gatehouse,") == true { return Finding(.ok, "port", detail) }
        return Finding(
            .fail,
            "port",
            detail + ".",
            remedy: "Choose another with --\(option) HOST:PORT, or free ports for everything with --port 0."
        )
    }
}
