import Foundation
import PushIdentity
import PushVocabulary
import Testing

struct IdentityStoreTests {
    private static let request = ProviderRequest(topic: "com.example.app", kind: .development)

    @Test func `what a first run makes, the next one uses`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/new/certs"
            let first = try IdentityStore(directory: path)
            let second = try IdentityStore(directory: path + "/")
            #expect(first.directory == path)
            #expect(second.directory == path)
            #expect(second.authority.certificate == first.authority.certificate)
            for listener in ServerListener.allCases {
                let made = try first.serverIdentity(listener)
                #expect(try second.serverIdentity(listener).certificate == made.certificate)
            }
            let made = try first.providerIdentity(Self.request)
            let found = try second.providerIdentity(Self.request)
            #expect(found.identity.certificate == made.identity.certificate)
            #expect(found.pkcs12File == made.pkcs12File)
            #expect(try second.deviceKey().der == first.deviceKey().der)
            #expect(try first.deviceKey().kind == .rsa(bits: 1024))
        }
    }

    @Test func `directories are for their owner only, and so is every file with a key in it`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/certs"
            let store = try IdentityStore(directory: path)
            for listener in ServerListener.allCases { _ = try store.serverIdentity(listener) }
            let files = try store.providerIdentity(Self.request)
            _ = try store.deviceKey()
            #expect(try permissions(of: path) == 0o700)
            #expect(try permissions(of: "\(path)/providers") == 0o700)
            var secrets = 0
            for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
                #expect(!name.hasSuffix(".tmp"))
                let file = "\(path)/\(name)"
                guard let content = try? bytes(of: file) else { continue }
                guard String(decoding: content, as: UTF8.self).contains("PRIVATE KEY") || name.hasSuffix(".p12") else {
                    continue
                }
                secrets += 1
                #expect(try permissions(of: file) == 0o600, "\(name)")
            }
            #expect(secrets == 7, "authority, two servers, device; key, joined file and PKCS#12 of the provider")
            #expect(try text(of: store.authorityFile) == store.authority.certificate.pem)
            #expect(try permissions(of: files.keyFile) == 0o600)
        }
    }

    @Test func `an identity lies there in every form`() throws {
        try withTemporaryDirectory { directory in
            let store = try IdentityStore(directory: directory)
            let files = try store.providerIdentity(Self.request)
            let identity = files.identity
            #expect(files.certificateFile == "\(directory)/providers/com.example.app.development.pem")
            #expect(try text(of: files.certificateFile) == identity.certificate.pem)
            #expect(try bytes(of: files.derFile) == identity.certificate.der)
            #expect(try text(of: files.keyFile) == identity.privateKey.pem)
            #expect(try text(of: files.joinedFile) == identity.joinedPEM)
            #expect(files.pkcs12Password == "gatehouse")
            let opened = try OpenSSLTool.run(
                "pkcs12",
                "-in",
                files.pkcs12File,
                "-passin",
                "pass:\(files.pkcs12Password)",
                "-nodes"
            )
            #expect(opened.output.contains(identity.certificate.pem))
            #expect(opened.output.contains(store.authority.certificate.pem))

            try FileManager.default.removeItem(atPath: files.joinedFile)
            #expect(try store.providerIdentity(Self.request).identity.certificate == identity.certificate)
            #expect(try text(of: files.joinedFile) == identity.joinedPEM)
        }
    }

    @Test func `several identities come in the order of the requests, each once`() throws {
        try withTemporaryDirectory { directory in
            let store = try IdentityStore(directory: directory)
            let present = try store.providerIdentity(Self.request)
            let requests = [
                ProviderRequest(topic: "com.example.first", kind: .production),
                Self.request,
                ProviderRequest(topic: "com.example.app", kind: .universal),
                ProviderRequest(topic: "com.example.first", kind: .production),
            ]
            let all = try store.providerIdentities(requests).map(\.identity.certificate)
            #expect(all.map(\.userID) == requests.map(\.topic.name))
            #expect(all.map(\.kind) == requests.map(\.kind))
            #expect(all[1] == present.identity.certificate)
            #expect(all[3] == all[0])
            #expect(Set(all.map(\.publicKeySHA256)).count == 3)
            #expect(try store.providerIdentities(requests).map(\.identity.certificate) == all)
            #expect(try store.providerIdentities([]).isEmpty)
        }
    }

    @Test func `a request that says something else gets another certificate`() throws {
        try withTemporaryDirectory { directory in
            let store = try IdentityStore(directory: directory)
            let first = try store.providerIdentity(Self.request)
            var changed = Self.request
            changed.teamIdentifier = "ABCDE12345"
            let second = try store.providerIdentity(changed)
            #expect(second.identity.certificate.organizationalUnit == "ABCDE12345")
            #expect(second.certificateFile == first.certificateFile)
            #expect(try bytes(of: second.derFile) == second.identity.certificate.der)
            changed.validity.notAfter = changed.validity.notBefore + .seconds(60)
            let expired = try store.providerIdentity(changed).identity.certificate
            #expect(expired.verdict(issuedBy: store.authority.certificate, at: Fixtures.now) == .expired)
        }
    }

    @Test func `a server certificate is renewed for a name it lacks, with the same key`() throws {
        try withTemporaryDirectory { directory in
            let store = try IdentityStore(directory: directory)
            let plain = try store.serverIdentity(.courier)
            let more = try store.serverIdentity(.courier, extraNames: ["Push.Test", "0:0::5"])
            #expect(more.certificate != plain.certificate)
            #expect(more.privateKey.der == plain.privateKey.der)
            #expect(Set(more.certificate.names).isSuperset(of: ServerListener.courier.names + ["push.test", "::5"]))
            #expect(try store.serverIdentity(.courier, extraNames: ["push.test"]).certificate == more.certificate)
            #expect(try store.serverIdentity(.courier).certificate == more.certificate)
            let problem = #expect(throws: IdentityStoreError.self) {
                try store.serverIdentity(.courier, extraNames: ["no name"])
            }
            #expect(problem?.description.contains("`no name`") == true)
        }
    }

    @Test func `stores opened at once on an empty directory agree`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "gatehouse-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let seen = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let store = try IdentityStore(directory: directory)
                    return [
                        store.authority.certificate.fingerprint,
                        try store.serverIdentity(.provider).certificate.fingerprint,
                        try store.providerIdentity(Self.request).identity.certificate.fingerprint,
                    ]
                }
            }
            var seen: Set<[String]> = []
            for try await one in group { seen.insert(one) }
            return seen
        }
        #expect(seen.count == 1)
        let store = try IdentityStore(directory: directory)
        #expect(store.authority.certificate.fingerprint == seen.first?[0])
    }

    @Test func `a new authority means new certificates`() throws {
        try withTemporaryDirectory { directory in
            let old = try IdentityStore(directory: directory)
            let server = try old.serverIdentity(.courier)
            let provider = try old.providerIdentity(Self.request)
            try FileManager.default.removeItem(atPath: "\(directory)/ca.pem")
            try FileManager.default.removeItem(atPath: "\(directory)/ca-key.pem")
            let new = try IdentityStore(directory: directory)
            let authority = new.authority.certificate
            #expect(authority != old.authority.certificate)
            for certificate in [server.certificate, provider.identity.certificate] {
                #expect(certificate.verdict(issuedBy: authority, at: Fixtures.now) == .unknownIssuer)
            }
            #expect(
                try new.serverIdentity(.courier).certificate.verdict(issuedBy: authority, at: Fixtures.now) == .valid
            )
            let reissued = try new.providerIdentity(Self.request).identity.certificate
            #expect(reissued.verdict(issuedBy: authority, at: Fixtures.now) == .valid)
        }
    }

    @Test func `an identity can be written elsewhere, as modern PKCS#12 with a password of choice`() throws {
        try withTemporaryDirectory { directory in
            let store = try IdentityStore(directory: "\(directory)/certs")
            let identity = try store.providerIdentity(Self.request).identity
            let files = try store.export(
                identity,
                for: Self.request,
                to: "\(directory)/out",
                password: "other",
                style: .modern
            )
            #expect(files.pkcs12File == "\(directory)/out/com.example.app.development.p12")
            let opened = try OpenSSLTool.run("pkcs12", "-in", files.pkcs12File, "-passin", "pass:other", "-nodes")
            #expect(opened.output.contains(identity.certificate.pem))
            #expect(try text(of: files.keyFile) == identity.privateKey.pem)
        }
    }

    @Test func `no topic's files lie outside the directory, and no two topics share them`() throws {
        try withTemporaryDirectory { directory in
            let store = try IdentityStore(directory: "\(directory)/certs")
            let identity = try Fixtures.provider(Self.request)
            let topics = [
                "../../evil", "..", ".", "/etc/passwd", "a/b", "a%2Fb", "a\u{0}b", "a b", "a\nb", ".hidden", "-rf", "~",
                "æ",
                String(repeating: "x", count: 400), String(repeating: "x", count: 401), "com.example.app",
            ]
            var names: Set<String> = []
            for topic in topics {
                let request = ProviderRequest(topic: Topic(topic), kind: .development)
                let files = try store.export(identity, for: request, to: "\(directory)/out")
                for file in [files.certificateFile, files.derFile, files.keyFile, files.joinedFile, files.pkcs12File] {
                    #expect(FileManager.default.fileExists(atPath: file))
                    let name = String(file.dropFirst("\(directory)/out/".count))
                    #expect(!name.contains("/") && !name.hasPrefix(".") && !name.hasPrefix("-"), "\(name)")
                    #expect(names.insert(name).inserted, "\(name)")
                }
            }
            #expect(try Set(FileManager.default.contentsOfDirectory(atPath: "\(directory)/out")) == names)
            #expect(try Set(FileManager.default.contentsOfDirectory(atPath: directory)) == ["certs", "out"])
        }
    }
}
