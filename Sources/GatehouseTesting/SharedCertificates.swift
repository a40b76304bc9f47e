import Gatehouse

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// One directory of certificates for all tests of a process: making keys takes longer than everything else together.
enum SharedCertificates {
    static let directory: Result<String, GatehouseError> = {
        do throws(GatehouseError) {
            let directory = try FileSystem.makeTemporaryDirectory(prefix: "gatehouse-testing")
            atexit {
                if case .success(let directory) = SharedCertificates.directory { FileSystem.removeTree(directory) }
            }
            return .success(directory)
        } catch {
            return .failure(error)
        }
    }()
}
