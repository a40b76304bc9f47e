import Foundation
import PushIdentity
import PushVocabulary

/// Keys take long to make and none of these tests minds sharing them.
enum Fixtures {
    static let authority = Result { try CertificateAuthority.create() }
    static let rsaKey = Result { try PrivateKey.generate(.rsa(bits: 2048)) }
    static let deviceKey = Result { try PrivateKey.generate(.rsa(bits: 1024)) }
    static let ellipticKey = Result { try PrivateKey.generate(.p256) }

    static let now = Instant(unixSeconds: 1_398_902_400)

    static func provider(_ request: ProviderRequest) throws -> Identity {
        try Self.authority.get().issueProvider(request, key: Self.rsaKey.get())
    }
}

/// A directory that lives as long as the closure.
func withTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = FileManager.default.temporaryDirectory.appending(path: "gatehouse-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

func text(of path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

func bytes(of path: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(filePath: path))) }

func write(_ content: [UInt8], to path: String) throws { try Data(content).write(to: URL(filePath: path)) }

func write(_ content: String, to path: String) throws { try write(Array(content.utf8), to: path) }

func permissions(of path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
}

/// The `openssl` command: an opinion about our files that does not come from us.
enum OpenSSLTool {
    struct Outcome {
        var status: Int32
        var output: String
        /// What it wrote to standard error.
        var remarks: String
    }

    static func run(_ arguments: String...) throws -> Outcome { try Self.run(arguments) }

    static func run(_ arguments: [String]) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        let (output, remarks) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = remarks
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let texts = try [output, remarks].map {
            String(decoding: try $0.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        }
        process.waitUntilExit()
        return Outcome(status: process.terminationStatus, output: texts[0], remarks: texts[1])
    }
}
