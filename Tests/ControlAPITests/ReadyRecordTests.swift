import ControlAPI
import Foundation
import PushVocabulary
import Testing

struct ReadyRecordTests {
    private static let services = ReadyRecord.Services(
        gateway: ReadyRecord.Address(host: "127.0.0.1", port: 2195),
        feedback: ReadyRecord.Address(host: "127.0.0.1", port: 2196),
        courier: ReadyRecord.Address(host: "127.0.0.1", port: 5223)
    )

    private static let record = ReadyRecord(
        version: "1.0",
        pid: 1,
        control: "http://127.0.0.1:8195",
        caFile: "/ca.pem",
        environments: ["sandbox": services],
        identities: ControlScene.facts.identities,
        devices: [
            ReadyRecord.Device(
                name: "demo-phone",
                environment: .sandbox,
                connected: true,
                apps: [ReadyRecord.Device.App(topic: "com.example.app", token: "ab")]
            )
        ]
    )

    @Test func `the line has the documented members in the documented order`() {
        let expected =
            #"{"service":"gatehouse","version":"1.0","pid":1,"control":"http://127.0.0.1:8195","caFile":"/ca.pem","#
            + #""environments":{"sandbox":{"gateway":{"host":"127.0.0.1","port":2195},"#
            + #""feedback":{"host":"127.0.0.1","port":2196},"courier":{"host":"127.0.0.1","port":5223}}},"#
            + #""identities":[{"topic":"com.example.app","environment":"sandbox","certFile":"/c.pem","#
            + #""keyFile":"/k.pem","pemFile":"/j.pem","p12File":"/i.p12","p12Password":"gatehouse"}],"#
            + #""devices":[{"name":"demo-phone","environment":"sandbox","connected":true,"#
            + #""apps":[{"topic":"com.example.app","token":"ab"}]}]}"#
        #expect(Self.record.line == expected)
    }

    @Test func `what the line says is read back`() throws {
        let read = try JSONDecoder().decode(ReadyRecord.self, from: Data(Self.record.line.utf8))
        #expect(read == Self.record)
    }
}
