import ControlAPI
import PushServer

/// Bodies: what can be read can be written, and reads the same again; a fault rule is one, or a problem that names
/// the place.
enum FuzzHTTP {
    static func run(_ bytes: UnsafeRawBufferPointer) {
        guard let value = try? JSONReader.value(of: bytes, refusesRepeatedNames: true) else { return }
        guard let again = try? JSONReader.value(of: value.bytes) else { preconditionFailure("unreadable: \(value)") }
        precondition(again == value, "\(value) became \(again)")
        _ = value.merged(with: value)
        do throws(ControlError) {
            _ = try FaultRule(value)
        } catch {
            precondition(!error.description.isEmpty, "a problem without a word")
        }
    }
}
