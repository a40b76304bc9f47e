import ControlAPI
import Foundation
import Gatehouse
import Testing

@Suite struct ReadyRecordTests {
    private struct Record: Decodable {
        struct Address: Decodable {
            let host: String
            let port: Int
        }
        struct Services: Decodable {
            let gateway, feedback, courier: Address
        }
        struct Identity: Decodable {
            let topic, environment, certFile, keyFile, pemFile, p12File, p12Password: String
        }
        struct Device: Decodable {
            struct App: Decodable {
                let topic, token: String
            }
            let name, environment: String
            let connected: Bool
            let apps: [App]
        }
        let service, version, control, caFile: String
        let pid: Int32
        let environments: [String: Services]
        let identities: [Identity]
        let devices: [Device]
    }

    @Test func `it is one line with everything a client has to know`() async throws {
        let gatehouse = try await Gatehouse.start(Fixtures.configuration)
        let line = gatehouse.readyLine
        #expect(!line.contains("\n"))
        let record = try JSONDecoder().decode(Record.self, from: Data(line.utf8))
        #expect(record.service == "gatehouse")
        #expect(record.version == Gatehouse.version)
        #expect(record.pid == ProcessInfo.processInfo.processIdentifier)
        #expect(record.environments.keys.sorted() == ["sandbox"])
        #expect(record.environments["sandbox"]?.gateway.port == gatehouse.gateway()?.port)
        let identity = try #require(record.identities.first)
        for file in [record.caFile, identity.certFile, identity.keyFile, identity.pemFile, identity.p12File] {
            #expect(file.hasPrefix("/") && FileManager.default.fileExists(atPath: file))
        }
        #expect((identity.topic, identity.environment) == ("com.example.app", "sandbox"))
        let device = try #require(record.devices.first)
        #expect((device.name, device.connected) == ("demo-phone", true))
        #expect(device.apps.map(\.topic) == ["com.example.app"])
        #expect(TokenText.flaw(in: device.apps[0].token) == nil && device.apps[0].token.count == 64)
        await gatehouse.stop()
    }

    @Test func `the control API answers at the address it names, and says the same`() async throws {
        let gatehouse = try await Gatehouse.start(Fixtures.configuration)
        let client = try ControlClient(gatehouse.controlURL)
        #expect(try await client.status(of: "/readyz") == 200)
        let info = try await client.info()
        #expect(info.control == gatehouse.controlURL)
        #expect(info.caFile == gatehouse.authorityFile)
        #expect(info.environments == gatehouse.readyRecord.environments)
        #expect(info.identities == gatehouse.readyRecord.identities)
        await gatehouse.stop()
    }
}
