import Foundation
import PushIdentity
import Synchronization

/// A directory of certificates for the tests of this process: making an authority takes time.
enum TemporaryStore {
    private static let store = Mutex<IdentityStore?>(nil)

    static func shared() throws -> IdentityStore {
        try self.store.withLock { store in
            if let store { return store }
            let name = "gatehouse-control-tests-\(UUID().uuidString)"
            let made = try IdentityStore(directory: FileManager.default.temporaryDirectory.appending(path: name).path)
            store = made
            return made
        }
    }
}
