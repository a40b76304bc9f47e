public import Gatehouse
public import Testing

/// Gives every test of a suite, or one test, a Gatehouse of its own: started before it, stopped after it, whatever
/// happens in it. The test finds it as `Gatehouse.current`.
public struct GatehouseTrait: TestTrait, SuiteTrait, TestScoping {
    private let configuration: GatehouseConfiguration

    init(_ configuration: GatehouseConfiguration) {
        self.configuration = configuration
    }

    /// Each test of the suite gets one, also those of suites within it.
    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        var configuration = self.configuration
        if configuration.certificates == nil { configuration.certificates = try SharedCertificates.directory.get() }
        let gatehouse = try await Gatehouse.start(configuration)
        do {
            try await Gatehouse.$bound.withValue(gatehouse) { try await function() }
        } catch {
            await gatehouse.stop()
            throw error
        }
        await gatehouse.stop()
    }
}

extension Trait where Self == GatehouseTrait {
    /// A Gatehouse on free ports, with no device but those the test makes.
    public static var gatehouse: Self { .gatehouse() }

    /// The same, changed as the test wants it.
    public static func gatehouse(_ change: (inout GatehouseConfiguration) -> Void = { _ in }) -> Self {
        var configuration = GatehouseConfiguration.onFreePorts
        configuration.devices = []
        configuration.identities = []
        change(&configuration)
        return GatehouseTrait(configuration)
    }
}

extension Gatehouse {
    @TaskLocal fileprivate static var bound: Gatehouse?

    /// The test's own, where it or its suite has the trait `.gatehouse`.
    ///
    /// - Throws: `GatehouseError` where it has not.
    public static var current: Gatehouse {
        get throws(GatehouseError) {
            guard let bound = self.bound else {
                throw GatehouseError(
                    .usage,
                    "There is no Gatehouse here: give the test or its suite the trait `.gatehouse`, and ask in the"
                        + " test's own task."
                )
            }
            return bound
        }
    }
}
