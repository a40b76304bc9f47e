import APNSWire
import ControlAPI

/// Two readers of JSON that know nothing of each other must agree.
enum FuzzPayload {
    static func run(_ bytes: UnsafeRawBufferPointer) {
        let result = PayloadCheck.examine(bytes)
        if let defect = result.defect {
            precondition(0...bytes.count ~= defect.offset, "a defect outside the payload")
        }
        // Of UTF-16 the other reader knows nothing.
        guard result.defect != nil || result.traits != nil, !bytes.contains(0) else { return }
        do throws(JSONDefect) {
            let value = try JSONReader.value(of: bytes)
            guard case .object = value else { return precondition(result.defect != nil, "no dictionary") }
            precondition(result.defect == nil, "refused, although it is JSON: \(String(describing: result.defect))")
        } catch {
            // The other reader takes neither half a surrogate pair nor more than its own depth.
            let isStricter = error.problem.contains("\\u") || error.problem.contains("levels")
            precondition(result.defect != nil || isStricter, "taken, although it is no JSON: \(error)")
        }
    }
}
