import ArgumentParser
import Gatehouse

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How the process ends, and what it says about it.
enum Ending {
    /// All is well.
    static func end() -> Never { exit(0) }

    /// At once, as a signal would have ended us.
    static func end(by signal: Int32) -> Never { _exit(128 + signal) }

    /// As a command ended that we ran.
    static func end(withStatus status: Int32) -> Never { exit(status) }

    /// A parser's mistake has status 64 by itself; here wrong usage is 2, whoever notices it.
    ///
    /// - Parameter status: the one to end with whatever the mistake is; `nil`: the mistake's own.
    static func end(with error: any Error, status: Int32? = nil) -> Never {
        if let error = error as? GatehouseError {
            Talk.say("gatehouse: \(error.message)")
            exit(status ?? error.category.rawValue)
        }
        if let code = error as? ExitCode { exit(code.rawValue) }
        let code = GatehouseCommand.exitCode(for: error)
        let message = GatehouseCommand.fullMessage(for: error)
        if code.isSuccess {
            Output.write(message)
            exit(0)
        }
        Talk.say(message)
        let category: GatehouseError.Category = code == .validationFailure ? .usage : .internalFault
        exit(status ?? category.rawValue)
    }
}

/// Standard output: data, for programs and for pipes.
enum Output {
    /// One line. Whoever no longer reads ends us quietly, as a pipe's reader may do to any program.
    static func write(_ text: String) {
        guard FileSystem.writeAll(Array((text + "\n").utf8), to: STDOUT_FILENO) else { exit(128 + SIGPIPE) }
    }

    static func write(_ bytes: [UInt8]) { self.write(String(decoding: bytes, as: UTF8.self)) }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}

/// Standard error: talk, for people.
enum Talk {
    static func say(_ text: String) { _ = FileSystem.writeAll(Array((text + "\n").utf8), to: STDERR_FILENO) }

    /// Without a line's end, over what was said before.
    fileprivate static func update(_ text: String) {
        _ = FileSystem.writeAll(Array("\r\(text)\u{1B}[K".utf8), to: STDERR_FILENO)
    }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

/// What long work says of itself: on a terminal one line that is written over and gone at the end, elsewhere nothing.
struct Progress {
    private let isShown = Talk.isTerminal

    func update(_ text: String) {
        if self.isShown { Talk.update(text) }
    }

    func end() { self.update("") }

    /// Says what is being done for as long as it is done.
    static func during<Result>(_ text: String, _ body: () async throws -> Result) async throws -> Result {
        let progress = Progress()
        progress.update(text)
        defer { progress.end() }
        return try await body()
    }
}
