#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Names the life that is being lived should the process end in the middle of it: by a trap, or because it takes too long.
enum LastWords {
    /// A life takes milliseconds.
    private static let longest: UInt32 = 60
    private static let capacity = 80

    /// A signal may come at any instruction: what is to be said stands ready, and only needs to be written.
    private nonisolated(unsafe) static let text = UnsafeMutablePointer<CChar>.allocate(capacity: Self.capacity)
    private nonisolated(unsafe) static var length = 0

    static func prepare() {
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGALRM] {
            signal(number) { number in
                _ = write(STDERR_FILENO, LastWords.text, LastWords.length)
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    /// The life of this seed begins.
    static func set(seed: UInt64) {
        let words = "\nended by a trap, or after \(self.longest) s, in the life of seed \(seed)\n"
        self.length = min(words.utf8.count, self.capacity)
        for (position, byte) in words.utf8.prefix(self.length).enumerated() { self.text[position] = CChar(byte) }
        alarm(self.longest)
    }
}
