#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The terminal on standard input, lent to a command's process group while it runs, as a shell does it: so that the
/// command may read from it, and Ctrl-C and Ctrl-Z reach the command and nobody else. Without a terminal, or with one
/// that is not ours to give, it does nothing.
struct TerminalLoan: Sendable {
    private let isOurs = tcgetpgrp(STDIN_FILENO) == getpgrp()

    func lend(to group: pid_t) {
        if self.isOurs { Self.give(to: group) }
    }

    func takeBack() {
        if self.isOurs { Self.give(to: getpgrp()) }
    }

    /// The command was stopped: by its own wish to use a terminal that it did not have yet, or by the user, whom then
    /// the shell that started this process has to hear.
    func commandStopped(_ group: pid_t, by signal: Int32) {
        guard self.isOurs else { return }
        if signal == SIGTTIN || signal == SIGTTOU {
            // Started before it was lent.
            if tcgetpgrp(STDIN_FILENO) != group, tcgetpgrp(STDIN_FILENO) != getpgrp() { return }
            self.lend(to: group)
        } else {
            self.takeBack()
            kill(getpid(), SIGSTOP)
            // Here again: in the foreground, or sent on in the background, where the terminal is the shell's.
            if tcgetpgrp(STDIN_FILENO) == getpgrp() { self.lend(to: group) }
        }
        kill(-group, SIGCONT)
    }

    /// Whoever gives the terminal away from the background is stopped for it, unless that signal is blocked.
    private static func give(to group: pid_t) {
        var blocked = sigset_t()
        var before = sigset_t()
        sigemptyset(&blocked)
        sigaddset(&blocked, SIGTTOU)
        pthread_sigmask(SIG_BLOCK, &blocked, &before)
        tcsetpgrp(STDIN_FILENO, group)
        pthread_sigmask(SIG_SETMASK, &before, nil)
    }
}
