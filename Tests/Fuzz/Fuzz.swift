import FuzzTargets

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What the variable `FUZZ_TARGET` names; `tools/fuzz` sets it.
private let target: FuzzTarget = {
    guard let named = getenv("FUZZ_TARGET").flatMap({ FuzzTarget(rawValue: String(cString: $0)) }) else {
        fatalError("FUZZ_TARGET is one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return named
}()

/// libFuzzer's `main` calls this with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target.run(UnsafeRawBufferPointer(start: bytes, count: count))
    return 0
}
