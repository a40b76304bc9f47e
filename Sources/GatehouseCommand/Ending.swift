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

    /// A parser's mistake has status 64 by itself; here wrong usage is 2, whoever notices it.
    static func end(with error: any Error) -> Never {
        if let error = error as? GatehouseError {
            Talk.say("gatehouse: \(error.message)")
            exit(error.category.rawValue)
        }
        if let code = error as? ExitCode { exit(code.rawValue) }
        let code = GatehouseCommand.exitCode(for: error)
        let message = GatehouseCommand.fullMessage(for: error)
        if code.isSuccess {
            Output.write(message)
            exit(0)
        }
        Talk.say(message)
        exit(
            code == .validationFailure
                ? GatehouseError.Category.usage.rawValue : GatehouseError.Category.internalFault.rawValue
        )
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
    static func update(_ text: String) {
        _ = FileSystem.writeAll(Array("\r\(text)\u{1B}[K".utf8), to: STDERR_FILENO)
    }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}
