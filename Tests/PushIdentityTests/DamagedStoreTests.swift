import Foundation
import PushIdentity
import PushVocabulary
import Testing

/// What a store says when its directory is not as it left it.
struct DamagedStoreTests {
    private func problem(opening directory: String) throws -> IdentityStoreError {
        try #require(throws: IdentityStoreError.self) { _ = try IdentityStore(directory: directory) }
    }

    @Test(arguments: ["ca.pem", "ca-key.pem"])
    func `an authority's file that cannot be understood is named, and kept`(name: String) throws {
        try withTemporaryDirectory { directory in
            _ = try IdentityStore(directory: directory)
            let path = "\(directory)/\(name)"
            let half = try String(text(of: path).prefix(300))
            try write(half, to: path)
            let problem = try self.problem(opening: directory)
            #expect(problem.path == path)
            #expect(problem.problem.hasPrefix("not an "))
            #expect(problem.advice.contains("remove ca.pem and ca-key.pem"))
            #expect(try text(of: path) == half)
        }
    }

    @Test func `an authority without its key is an error, a key without its authority is a first run cut short`() throws
    {
        try withTemporaryDirectory { directory in
            let first = try IdentityStore(directory: directory)
            let key = try text(of: "\(directory)/ca-key.pem")
            try FileManager.default.removeItem(atPath: "\(directory)/ca-key.pem")
            let problem = try self.problem(opening: directory)
            #expect(problem.path == "\(directory)/ca-key.pem")
            #expect(problem.problem.contains("missing"))

            try write(key, to: "\(directory)/ca-key.pem")
            try FileManager.default.removeItem(atPath: "\(directory)/ca.pem")
            let again = try IdentityStore(directory: directory)
            #expect(again.authority.privateKey.der == first.authority.privateKey.der)
        }
    }

    @Test func `an authority with another's key, and a leaf in its place, are errors`() throws {
        try withTemporaryDirectory { directory in
            _ = try IdentityStore(directory: directory)
            try write(Fixtures.rsaKey.get().pem, to: "\(directory)/ca-key.pem")
            #expect(try self.problem(opening: directory).problem.contains("does not belong to the key"))
            let leaf = try Fixtures.provider(ProviderRequest(topic: "a", kind: .development))
            try write(leaf.certificate.pem, to: "\(directory)/ca.pem")
            #expect(try self.problem(opening: directory).problem.contains("may not issue"))
        }
    }

    @Test func `a server's or a provider's damaged file is named, with the way out`() throws {
        try withTemporaryDirectory { directory in
            let store = try IdentityStore(directory: directory)
            let request = ProviderRequest(topic: "com.example.app", kind: .production)
            let files = try store.providerIdentity(request)
            _ = try store.serverIdentity(.courier)
            for path in ["\(directory)/server-courier.pem", "\(directory)/server-courier-key.pem"] {
                let whole = try text(of: path)
                try write("damaged", to: path)
                let problem = try #require(throws: IdentityStoreError.self) { try store.serverIdentity(.courier) }
                #expect(problem.path == path)
                #expect(problem.description.contains("Remove it"))
                try write(whole, to: path)
            }
            try write("damaged", to: files.keyFile)
            let problem = try #require(throws: IdentityStoreError.self) { try store.providerIdentity(request) }
            #expect(problem.path == files.keyFile)
            try FileManager.default.removeItem(atPath: files.keyFile)
            let reissued = try store.providerIdentity(request)
            #expect(reissued.identity.certificate != files.identity.certificate)
            #expect(try text(of: files.keyFile) == reissued.identity.privateKey.pem)
        }
    }

    @Test func `a pair that does not match, as an interrupted write leaves it, is issued anew`() throws {
        try withTemporaryDirectory { directory in
            let store = try IdentityStore(directory: directory)
            let request = ProviderRequest(topic: "com.example.app", kind: .production)
            let files = try store.providerIdentity(request)
            try write(Fixtures.rsaKey.get().pem, to: files.keyFile)
            let reissued = try store.providerIdentity(request)
            #expect(try text(of: files.keyFile) == reissued.identity.privateKey.pem)
            #expect(try text(of: files.certificateFile) == reissued.identity.certificate.pem)
            #expect(try text(of: files.joinedFile) == reissued.identity.joinedPEM)
        }
    }

    @Test func `a file where a directory should be, and a directory where a file should be, are errors`() throws {
        try withTemporaryDirectory { directory in
            try write("a file", to: "\(directory)/file")
            #expect(try self.problem(opening: "\(directory)/file").problem == "is not a directory")
            #expect(try self.problem(opening: "\(directory)/file/below").path == "\(directory)/file/below")
            try FileManager.default.createDirectory(
                atPath: "\(directory)/certs/ca.pem",
                withIntermediateDirectories: true
            )
            let problem = try self.problem(opening: "\(directory)/certs")
            #expect(problem.path == "\(directory)/certs/ca.pem")
            #expect(problem.problem.hasPrefix("cannot be read"))
        }
    }
}
