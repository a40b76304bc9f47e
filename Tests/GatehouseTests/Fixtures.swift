import Gatehouse

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

enum Fixtures {
    /// One directory of certificates for all tests: making keys takes longer than everything else together.
    static let certificates: String = {
        guard let directory = try? FileSystem.makeTemporaryDirectory(prefix: "gatehouse-tests") else {
            preconditionFailure("no temporary directory can be made")
        }
        atexit { FileSystem.removeTree(Fixtures.certificates) }
        return directory
    }()

    static var configuration: GatehouseConfiguration {
        var configuration = GatehouseConfiguration.onFreePorts
        configuration.certificates = Self.certificates
        return configuration
    }

    /// Runs `body` with a directory that is gone afterwards.
    static func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = try FileSystem.makeTemporaryDirectory(prefix: "gatehouse-tests")
        defer { FileSystem.removeTree(directory) }
        try body(directory)
    }

    /// The configuration that a file's text amounts to.
    static func configuration(
        file text: String?,
        variables: [String: String] = [:],
        flags: [ServeOption: String] = [:]
    ) throws(GatehouseError) -> GatehouseConfiguration {
        try GatehouseConfiguration.resolve(
            ConfigurationSources(flags: flags, variables: variables),
            read: { path throws(GatehouseError) in path == GatehouseConfiguration.usualFile ? text : nil }
        )
    }
}
