import NIOPosix
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A command that runs with the standard streams of this process, in a process group of its own.
///
/// A group of its own, because then everything that belongs to the command can be told to end, its children too, and
/// because a Ctrl-C reaches the command exactly once: where this process has the terminal, the command gets it for as
/// long as it runs, as under a shell. By posix_spawn and waitid, which Linux and macOS share: no library decides here
/// which signals a command starts with.
package final class ChildProcess: Sendable {
    /// How a command ended.
    package enum Ending: Hashable, Sendable {
        case exited(Int32)
        case signalled(Int32)

        /// As a shell tells it: the command's own, or 128 and the signal.
        package var status: Int32 {
            switch self {
            case .exited(let status): status
            case .signalled(let signal): 128 + signal
            }
        }

        /// - Parameter waitStatus: of a process that has ended, as wait(2) encodes it.
        init(waitStatus: Int32) {
            let signal = waitStatus & 0x7F
            self = signal == 0 ? .exited((waitStatus >> 8) & 0xFF) : .signalled(signal)
        }
    }

    /// A command that could not be started.
    package struct LaunchFailure: Error, Hashable, CustomStringConvertible {
        package let command: String
        /// As errno(3) numbers it.
        package let number: Int32

        /// As `env`, `timeout` and their kin have it: 127 not found, 126 found and not executable.
        package var status: Int32 { self.number == ENOENT || self.number == ENOTDIR ? 127 : 126 }

        package var description: String {
            "`\(self.command)` cannot be run: \(String(cString: strerror(self.number)))."
        }
    }

    /// What is left of a command's group has so long to end by itself, and then so long after it was told to.
    private static let patience = (untilTold: Duration.milliseconds(300), untilKilled: Duration.seconds(2))

    private let identifier: pid_t
    private let terminal: TerminalLoan
    private let isRunning = Mutex(true)

    private init(identifier: pid_t, terminal: TerminalLoan) {
        self.identifier = identifier
        self.terminal = terminal
    }

    /// Starts a command, found by `PATH` unless its name has a slash.
    ///
    /// - Parameters:
    ///   - words: the command and its arguments; at least one.
    ///   - variables: its whole environment.
    ///   - descriptors: what it inherits beside the standard streams; everything else is closed to it.
    /// - Throws: `LaunchFailure` when there is no such command, or it cannot be run.
    package static func start(
        _ words: [String],
        variables: [String: String],
        inheriting descriptors: Set<Int32> = []
    ) throws(LaunchFailure) -> ChildProcess {
        Self.closeToCommands(except: descriptors)
        let terminal = TerminalLoan()
        var identifier = pid_t()
        let problem = Self.withCStrings(words) { arguments in
            Self.withCStrings(variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }) { environment in
                SpawnAttributes.with { posix_spawnp(&identifier, arguments[0]!, nil, $0, arguments, environment) }
            }
        }
        guard problem == 0 else { throw LaunchFailure(command: words[0], number: problem) }
        terminal.lend(to: identifier)
        return ChildProcess(identifier: identifier, terminal: terminal)
    }

    /// Sends a signal to the command and everything in its group; nothing once it has ended.
    package func signal(_ number: Int32) {
        self.isRunning.withLock { isRunning in
            if isRunning { Self.kill(-self.identifier, number) }
        }
    }

    /// Ends the command and everything in its group at once.
    package func kill() { self.signal(SIGKILL) }

    @discardableResult
    private static func kill(_ identifier: pid_t, _ number: Int32) -> Bool {
        #if canImport(Glibc)
        Glibc.kill(identifier, number) == 0
        #elseif canImport(Musl)
        Musl.kill(identifier, number) == 0
        #else
        Darwin.kill(identifier, number) == 0
        #endif
    }

    /// Waits for the command's end, and ends what it has left running in its group.
    package func wait() async -> Ending {
        // A thread of its own: it is blocked for as long as the command runs.
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        let ending = try? await pool.runIfActive { self.waitBlocking() }
        try? await pool.shutdownGracefully()
        return ending ?? .exited(0)
    }

    private func waitBlocking() -> Ending {
        while true {
            var information = siginfo_t()
            // Without reaping: as long as the process is there, nobody else can have its number.
            let answer = waitid(P_PID, id_t(self.identifier), &information, WEXITED | WSTOPPED | WNOWAIT)
            if answer != 0, errno == EINTR { continue }
            let status = self.isRunning.withLock { isRunning -> Int32? in
                var status: Int32 = 0
                guard waitpid(self.identifier, &status, WNOHANG | WUNTRACED) == self.identifier else { return nil }
                isRunning = status & 0xFF == 0x7F
                return status
            }
            guard let status else { continue }
            if status & 0xFF == 0x7F {
                self.terminal.commandStopped(self.identifier, by: (status >> 8) & 0xFF)
            } else {
                self.terminal.takeBack()
                self.endWhatIsLeft()
                return Ending(waitStatus: status)
            }
        }
    }

    /// A group's number is not given away while anybody is in the group.
    private func endWhatIsLeft() {
        if self.groupIsGone(within: Self.patience.untilTold) { return }
        Self.kill(-self.identifier, SIGTERM)
        if self.groupIsGone(within: Self.patience.untilKilled) { return }
        Self.kill(-self.identifier, SIGKILL)
    }

    private func groupIsGone(within limit: Duration) -> Bool {
        let deadline = ContinuousClock.now + limit
        while Self.kill(-self.identifier, 0), ProcessGroup.hasLivingMember(self.identifier) {
            if .now >= deadline { return false }
            usleep(5_000)
        }
        return true
    }

    // MARK: - What a command inherits

    /// The descriptors this process has now, but the standard ones: asked at the very start, what whoever started it
    /// wants to be passed on.
    package static func openDescriptors() -> Set<Int32> {
        let numbers = FileSystem.names(in: "/dev/fd").compactMap { Int32($0) }
        return Set(numbers.filter { $0 > STDERR_FILENO && fcntl($0, F_GETFD) >= 0 })
    }

    private static func closeToCommands(except descriptors: Set<Int32>) {
        for descriptor in Self.openDescriptors().subtracting(descriptors) {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }

    private static func withCStrings<Result>(
        _ texts: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers = texts.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers + [nil])
    }
}

/// How a command starts: in a group of its own, with the signals as whoever started this process left them.
private enum SpawnAttributes {
    #if canImport(Darwin)
    private typealias Attributes = posix_spawnattr_t?
    /// What UnixSignalsSequence and NIO have this process ignore.
    private static let ignored = [SIGPIPE, SIGINT, SIGTERM, SIGHUP]
    #else
    private typealias Attributes = posix_spawnattr_t
    /// What NIO has this process ignore; the others are only blocked, and may be ignored on purpose (nohup).
    private static let ignored = [SIGPIPE]
    #endif

    static func with(_ body: (UnsafePointer<Pointee>) -> Int32) -> Int32 {
        #if canImport(Darwin)
        var attributes: Attributes = nil
        #else
        var attributes = Attributes()
        #endif
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in Self.ignored { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
        return body(&attributes)
    }

    #if canImport(Darwin)
    typealias Pointee = posix_spawnattr_t?
    #else
    typealias Pointee = posix_spawnattr_t
    #endif
}
