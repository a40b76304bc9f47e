package import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Whether the tests run under a sanitizer, which `tools/test --sanitize` says in `GATEHOUSE_TEST_SANITIZER`.
package enum Sanitizers {
    package static let areActive = getenv("GATEHOUSE_TEST_SANITIZER") != nil
}

extension Trait where Self == TimeLimitTrait {
    /// Ends a test that would hang where it ought to fail. The time counts the wait for a place among the services, and
    /// is ten times as long under a sanitizer.
    package static func mayTake(minutes: Int) -> Self {
        .timeLimit(.minutes(Sanitizers.areActive ? minutes * 10 : minutes))
    }
}
