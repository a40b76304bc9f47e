import Foundation
import Gatehouse
import Testing

@Suite struct ServerLocatorTests {
    private let own = ProcessInfo.processInfo.processIdentifier

    @Test func `a note is found, and only its owner may read it`() throws {
        try Fixtures.withDirectory { parent in
            let locator = ServerLocator(variables: ["XDG_RUNTIME_DIR": parent])
            let note = ServerLocator.Note(pid: self.own, control: "http://127.0.0.1:1", startedAt: 5)
            let file = try locator.leave(note)
            #expect(locator.notes() == [note])
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func `a note of a process that is gone counts for nothing`() throws {
        try Fixtures.withDirectory { parent in
            let gone = Process()
            gone.executableURL = URL(fileURLWithPath: "/bin/sh")
            gone.arguments = ["-c", ":"]
            try gone.run()
            gone.waitUntilExit()
            let locator = ServerLocator(variables: ["XDG_RUNTIME_DIR": parent])
            let file = try locator.leave(
                .init(pid: gone.processIdentifier, control: "http://127.0.0.1:1", startedAt: 5)
            )
            #expect(locator.notes().isEmpty)
            #expect(!FileManager.default.fileExists(atPath: file))
        }
    }

    @Test func `a directory that others may look into is neither read nor written`() throws {
        try Fixtures.withDirectory { parent in
            let directory = "\(parent)/gatehouse"
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o777]
            )
            let locator = ServerLocator(variables: ["XDG_RUNTIME_DIR": parent])
            #expect(throws: GatehouseError.self) {
                try locator.leave(.init(pid: self.own, control: "http://127.0.0.1:1", startedAt: 5))
            }
            let note = #"{"pid":\#(self.own),"control":"http://127.0.0.1:1","startedAt":5}"#
            try Data(note.utf8).write(to: URL(fileURLWithPath: "\(directory)/1.json"))
            #expect(locator.notes().isEmpty)
        }
    }

    @Test func `a server is found by flag, then variable, then note, then at the usual address`() throws {
        try Fixtures.withDirectory { parent in
            var variables = ["XDG_RUNTIME_DIR": parent]
            #expect(try ControlClient.find(nil, variables: variables).url == "http://127.0.0.1:8195")
            let locator = ServerLocator(variables: variables)
            _ = try locator.leave(.init(pid: self.own, control: "http://127.0.0.1:11", startedAt: 5))
            #expect(try ControlClient.find(nil, variables: variables).url == "http://127.0.0.1:11")
            variables["GATEHOUSE_CONTROL"] = "127.0.0.1:12"
            #expect(try ControlClient.find(nil, variables: variables).url == "http://127.0.0.1:12")
            variables["GATEHOUSE_CONTROL_URL"] = "http://127.0.0.1:13/"
            #expect(try ControlClient.find(nil, variables: variables).url == "http://127.0.0.1:13")
            #expect(try ControlClient.find("[::1]:14", variables: variables).url == "http://[::1]:14")
        }
    }
}
