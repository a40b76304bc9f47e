import NIOCore
package import PushVocabulary

/// 0x09: which topics the device wants. Each Filter replaces the lists of its token.
package struct CourierFilter: Hashable, Sendable {
    package var baseToken: DeviceToken?
    package var enabled: [TopicHash] = []
    package var ignored: [TopicHash] = []
    package var opportunistic: [TopicHash] = []
    package var paused: [TopicHash] = []
    package var nonWaking: [TopicHash] = []
    /// Apps that were uninstalled. Gatehouse's own item (0x7F): no source tells how the real device reports one.
    package var removed: [TopicHash] = []

    package init(baseToken: DeviceToken?) {
        self.baseToken = baseToken
    }

    init(_ items: CourierItems) throws(CourierError) {
        self.init(baseToken: nil)
        for item in items {
            switch item.id {
            case 0x01: self.baseToken = try item.token(in: .filter)
            case 0x02: self.enabled.append(try item.hash(in: .filter))
            case 0x03: self.ignored.append(try item.hash(in: .filter))
            case 0x04: self.opportunistic.append(try item.hash(in: .filter))
            case 0x05: self.paused.append(try item.hash(in: .filter))
            case 0x06: self.nonWaking.append(try item.hash(in: .filter))
            case 0x7F: self.removed.append(try item.hash(in: .filter))
            default: break
            }
        }
    }

    func write(into buffer: inout ByteBuffer) {
        CourierMessage.write(.filter, into: &buffer) { writer in
            writer.item(0x01, self.baseToken)
            writer.items(0x02, self.enabled)
            writer.items(0x03, self.ignored)
            writer.items(0x04, self.opportunistic)
            writer.items(0x05, self.paused)
            writer.items(0x06, self.nonWaking)
            writer.items(0x7F, self.removed)
        }
    }
}
