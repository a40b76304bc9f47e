import Gatehouse
import NIOCore
import NIOPosix
import Testing

@Suite struct GatehouseLifeTests {
    /// Whether something listens there.
    private func accepts(_ address: GatehouseConfiguration.Address?) async throws -> Bool {
        let address = try #require(address)
        let channel = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: address.host, port: address.port).get()
        try? await channel?.close()
        return channel != nil
    }

    /// An address of this machine that no other test listens on, so that a port which was free a moment ago stays so.
    private static let secludedHost: String = {
        #if os(Linux)
        "127.77.0.1"
        #else
        "127.0.0.1"
        #endif
    }()

    /// Takes a port and keeps it until it is closed.
    private func occupy() async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: Self.secludedHost, port: 0).get()
    }

    private func port(of channel: any Channel) throws -> Int { try #require(channel.localAddress?.port) }

    @Test func `tokens outlive a restart, with the same certificates or with the same seed`() async throws {
        func token(seed: UInt64?) async throws -> String {
            var configuration = Fixtures.configuration
            configuration.seed = seed
            let gatehouse = try await Gatehouse.start(configuration)
            let token = try await gatehouse.devices().first?.apps.first?.token
            await gatehouse.stop()
            return try #require(token)
        }
        let first = try await token(seed: nil)
        #expect(try await token(seed: nil) == first)
        let seeded = try await token(seed: 7)
        #expect(try await token(seed: 7) == seeded)
        #expect(try await token(seed: 8) != seeded && seeded != first)
    }

    @Test func `it is open when start returns and closed when stop returns`() async throws {
        let gatehouse = try await Gatehouse.start(Fixtures.configuration)
        let addresses = [gatehouse.gateway(), gatehouse.feedback(), gatehouse.courier()]
        for address in addresses { #expect(try await self.accepts(address)) }
        #expect(try await gatehouse.devices().map(\.connected) == [true])
        #expect(try await gatehouse.counters().addUp)
        await gatehouse.stop()
        for address in addresses { #expect(try await !self.accepts(address)) }
    }

    @Test func `twenty start at once in one process and share no port`() async throws {
        let gatehouses = try await withThrowingTaskGroup(of: Gatehouse.self) { group in
            for _ in 0..<20 { group.addTask { try await Gatehouse.start(Fixtures.configuration) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let ports = try gatehouses.flatMap { gatehouse in
            let control = try ControlClient(gatehouse.controlURL).url.split(separator: ":").last.flatMap { Int($0) }
            return [gatehouse.gateway()?.port, gatehouse.feedback()?.port, gatehouse.courier()?.port, control]
        }
        #expect(ports.allSatisfy { ($0 ?? 0) > 0 })
        #expect(Set(ports).count == 80)
        #expect(Set(gatehouses.map(\.authorityFile)).count == 1)
        for gatehouse in gatehouses { await gatehouse.stop() }
    }

    @Test func `with both environments each has services, an identity and tokens of its own`() async throws {
        var configuration = Fixtures.configuration
        configuration.environment = .both
        configuration.devices = PushEnvironment.allCases.map {
            .init(name: "\($0.rawValue)-phone", environment: $0, apps: [.init(topic: "com.example.app")])
        }
        let gatehouse = try await Gatehouse.start(configuration)
        #expect(gatehouse.gateway(.sandbox) != gatehouse.gateway(.production))
        #expect(gatehouse.identities.map(\.environment) == [.sandbox, .production])
        let tokens = try await gatehouse.devices().flatMap(\.apps).map(\.token)
        #expect(Set(tokens).count == 2)
        await gatehouse.stop()
    }

    @Test func `configured tokens and absent devices are as configured`() async throws {
        let token = String(repeating: "ab", count: 32)
        var configuration = Fixtures.configuration
        configuration.devices = [
            .init(name: "phone-1", connected: false, apps: [.init(topic: "com.example.app", token: token)])
        ]
        let gatehouse = try await Gatehouse.start(configuration)
        let device = try await gatehouse.device("phone-1")
        #expect(!device.connected)
        #expect(device.apps.map(\.topic) == ["com.example.app"])
        #expect(device.apps.map(\.token) == [token])
        await gatehouse.stop()
    }

    @Test func `an occupied port is named with its option, and nothing stays bound`() async throws {
        let options: [ServeOption] = [.gateway, .feedback, .courier, .control]
        let scouts = try await [self.occupy(), self.occupy(), self.occupy(), self.occupy()]
        let ports = try scouts.map { try self.port(of: $0) }
        for scout in scouts { try await scout.close() }
        let addresses = ports.map { GatehouseConfiguration.Address(host: Self.secludedHost, port: $0) }
        var configuration = Fixtures.configuration
        (configuration.gateway, configuration.feedback) = (addresses[0], addresses[1])
        (configuration.courier, configuration.control) = (addresses[2], addresses[3])
        let asked = configuration

        for (option, address) in zip(options, addresses) {
            let occupant = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .bind(host: address.host, port: address.port).get()
            let error = await #expect(throws: GatehouseError.self) { _ = try await Gatehouse.start(asked) }
            #expect(error?.category == .unavailable)
            #expect(error?.message.contains(address.description) == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("\(option.flag) HOST:PORT") == true, "\(error?.message ?? "")")
            try await occupant.close()
            for other in addresses { #expect(try await !self.accepts(other), "\(option.flag): \(other)") }
        }

        let gatehouse = try await Gatehouse.start(asked)
        #expect(gatehouse.gateway() == addresses[0])
        await gatehouse.stop()
    }

    @Test func `a certificate directory that cannot be is named`() async throws {
        var configuration = Fixtures.configuration
        configuration.certificates = "/dev/null/certs"
        let asked = configuration
        let error = await #expect(throws: GatehouseError.self) { _ = try await Gatehouse.start(asked) }
        #expect(error?.category == .unavailable)
        #expect(error?.message.contains("/dev/null") == true)
    }

    @Test func `a configuration that cannot be starts nothing`() async throws {
        var configuration = Fixtures.configuration
        configuration.devices = [.init(name: "phone", environment: .production, apps: [])]
        let asked = configuration
        let error = await #expect(throws: GatehouseError.self) { _ = try await Gatehouse.start(asked) }
        #expect(error?.category == .usage)
        #expect(error?.message.hasPrefix("devices[0]: production is not served") == true)
    }
}
