import ControlAPI
import PushVocabulary

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A Gatehouse as the command line runs it: with the files by which others find it.
package final class ServerRun: Sendable {
    package let gatehouse: Gatehouse
    private let files: [String]

    private init(gatehouse: Gatehouse, files: [String]) {
        self.gatehouse = gatehouse
        self.files = files
    }

    /// Starts a Gatehouse and, once everything is open, writes the ready file and leaves a note for clients.
    ///
    /// - Parameters:
    ///   - leavesNote: whether other commands of this user are to find it.
    ///   - warn: told when no note can be left, which stops nothing.
    /// - Throws: `GatehouseError`, with nothing left behind.
    package static func start(
        _ configuration: GatehouseConfiguration,
        variables: [String: String],
        leavesNote: Bool = true,
        warn: (String) -> Void
    ) async throws(GatehouseError) -> ServerRun {
        // One from an earlier run would tell its readers too early.
        if let file = configuration.readyFile { unlink(file) }
        let gatehouse = try await Gatehouse.start(configuration)
        var files: [String] = []
        if let file = configuration.readyFile {
            do throws(GatehouseError) {
                try FileSystem.replace(file, with: gatehouse.readyLine + "\n", mode: 0o644)
            } catch {
                await gatehouse.stop()
                throw error
            }
            files.append(file)
        }
        guard leavesNote else { return ServerRun(gatehouse: gatehouse, files: files) }
        do throws(GatehouseError) {
            let note = ServerLocator.Note(
                pid: getpid(),
                control: gatehouse.controlURL,
                startedAt: ProductClock.systemNow().unixMilliseconds
            )
            files.append(try ServerLocator(variables: variables).leave(note))
        } catch {
            warn("Other commands have to be told --control \(gatehouse.controlURL): \(error.message)")
        }
        return ServerRun(gatehouse: gatehouse, files: files)
    }

    /// Stops everything and takes the files away. What does not end in time is left to the end of the process.
    package func stop(within limit: Duration) async {
        for file in self.files { unlink(file) }
        // Not a task group: that would wait for the slower of the two as well.
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        Task {
            await self.gatehouse.stop()
            end.yield()
        }
        Task {
            try? await Task.sleep(for: limit)
            end.yield()
        }
        for await _ in ends { break }
    }

    // MARK: - For people

    /// What is open where, and one command that makes a push arrive.
    ///
    /// - Parameter program: how this program is called.
    package func banner(program: String, _ configuration: GatehouseConfiguration) -> String {
        let record = self.gatehouse.readyRecord
        var lines = ["Gatehouse \(Gatehouse.version) is ready.", ""]
        for environment in configuration.servedEnvironments {
            guard let services = record.environments[environment.rawValue] else { continue }
            let prefix = configuration.servedEnvironments.count > 1 ? "\(environment.rawValue) " : ""
            for (name, address) in [
                ("gateway", services.gateway), ("feedback", services.feedback), ("courier", services.courier),
            ] {
                let shown = GatehouseConfiguration.Address(host: address.host, port: address.port)
                lines.append(Self.row(prefix + name, shown.description))
            }
        }
        lines.append(Self.row("control", record.control))
        lines.append(Self.row("trust", record.caFile))
        lines += record.identities.map { Self.row("identity", "\($0.pemFile) (\($0.environment.rawValue))") }
        lines += record.devices.prefix(5).map {
            Self.row(
                "device",
                "\($0.name)\($0.connected ? "" : ", away"): \($0.apps.map(\.topic).joined(separator: ", "))"
            )
        }
        if record.devices.count > 5 { lines.append(Self.row("", "and \(record.devices.count - 5) more devices")) }
        if let command = self.example(program: program) {
            lines += ["", "Make a push arrive:", "", "  \(command)", ""]
        }
        return lines.joined(separator: "\n")
    }

    private static func row(_ name: String, _ value: String) -> String {
        "  \(name)\(String(repeating: " ", count: max(1, 20 - name.count)))\(value)"
    }

    private func example(program: String) -> String? {
        let record = self.gatehouse.readyRecord
        for device in record.devices where device.connected {
            for app in device.apps {
                guard
                    record.identities.contains(where: { $0.topic == app.topic && $0.environment == device.environment })
                else { continue }
                var command = "\(program) push --topic \(app.topic) --token \(app.token) --alert Hello"
                if device.environment == .production { command += " --environment production" }
                if record.control != ControlClient.usualURL { command += " --control \(record.control)" }
                return command
            }
        }
        return nil
    }
}
