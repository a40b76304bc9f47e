#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Whether tests run at their full size: `GATEHOUSE_LONG_TESTS=1`.
package enum LongTests {
    package static let areWanted = getenv("GATEHOUSE_LONG_TESTS").map { String(cString: $0) == "1" } ?? false
}
