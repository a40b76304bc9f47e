package import NIOCore

/// Reads what a provider sends: frames of commands 0, 1 and 2, cut into reads in any way.
///
/// 1. A call consumes one whole frame, or nothing.
/// 2. A size is judged at the first byte that shows it, not after waiting for the bytes it announces.
/// 3. Items of a frame are judged in the order in which they stand: a mistake before item 3 has no identifier.
/// 4. No frame is walked twice, however finely the reads cut it; nothing is allocated.
package struct ProviderFrameDecoder: Sendable {
    package enum Step: Hashable, Sendable {
        case frame(ProviderFrame)
        case rejected(FrameRejection)
        case needsMoreBytes
    }

    package var limits: FrameLimits
    /// How far the unfinished command 2 frame at the front of the buffer has been walked.
    private var items = ItemWalk()

    package init(limits: FrameLimits = FrameLimits()) {
        self.limits = limits
    }

    /// - Parameter buffer: what has been received and not been consumed; a rejected frame is left in it.
    package mutating func next(in buffer: inout ByteBuffer) -> Step {
        let layout: Layout?
        do throws(FrameRejection) {
            layout = try buffer.withUnsafeReadableBytes { bytes throws(FrameRejection) in
                try self.layout(of: WireBytes(bytes))
            }
        } catch {
            self.items = ItemWalk()
            return .rejected(error)
        }
        guard let layout, let bytes = buffer.readSlice(length: layout.length) else { return .needsMoreBytes }
        if self.items.hasBegun { self.items = ItemWalk() }
        return .frame(
            ProviderFrame(
                command: layout.command,
                bytes: bytes,
                tokenRange: layout.token,
                payloadRange: layout.payload,
                identifier: layout.identifier,
                expiry: layout.expiry,
                priority: layout.priority,
                repeatedItem: layout.repeatedItem
            )
        )
    }

    private struct Layout {
        var command: UInt8
        var length: Int
        var token: Range<Int>
        var payload: Range<Int>
        var identifier: UInt32?
        var expiry: UInt32?
        var priority: UInt8?
        var repeatedItem: UInt8?
    }

    private mutating func layout(of bytes: WireBytes) throws(FrameRejection) -> Layout? {
        guard let command = bytes.byte(at: 0) else { return nil }
        switch command {
        case 0: return try self.addressedPayload(bytes, command: 0, at: 1, identifier: nil, expiry: nil)
        case 1:
            guard let identifier = bytes.uint32(at: 1), let expiry = bytes.uint32(at: 5) else { return nil }
            return try self.addressedPayload(bytes, command: 1, at: 9, identifier: identifier, expiry: expiry)
        case 2: return try self.itemFrame(bytes)
        default: throw FrameRejection(.unknownCommand(command), command: command, identifier: nil)
        }
    }

    /// Commands 0 and 1 end alike: token length, token, payload length, payload.
    private func addressedPayload(
        _ bytes: WireBytes,
        command: UInt8,
        at offset: Int,
        identifier: UInt32?,
        expiry: UInt32?
    ) throws(FrameRejection) -> Layout? {
        guard let tokenSize = bytes.uint16(at: offset) else { return nil }
        guard self.limits.tokenSizes.contains(tokenSize) else {
            throw FrameRejection(Self.objection(toTokenSize: tokenSize), command: command, identifier: identifier)
        }
        let token = offset + 2..<offset + 2 + tokenSize
        guard let payloadSize = bytes.uint16(at: token.upperBound) else { return nil }
        guard self.limits.payloadSizes.contains(payloadSize) else {
            throw FrameRejection(Self.objection(toPayloadSize: payloadSize), command: command, identifier: identifier)
        }
        let payload = token.upperBound + 2..<token.upperBound + 2 + payloadSize
        return Layout(
            command: command,
            length: payload.upperBound,
            token: token,
            payload: payload,
            identifier: identifier,
            expiry: expiry,
            priority: nil
        )
    }

    private static func objection(toTokenSize size: Int) -> FrameRejection.Reason {
        size == 0 ? .missingToken : .tokenSize(size)
    }

    private static func objection(toPayloadSize size: Int) -> FrameRejection.Reason {
        size == 0 ? .missingPayload : .payloadSize(size)
    }
}

// MARK: - Command 2

extension ProviderFrameDecoder {
    /// Bytes before the items: the command and the frame length.
    private static let itemFrameHeader = 5

    private enum Item {
        static let token: UInt8 = 1
        static let payload: UInt8 = 2
        static let identifier: UInt8 = 3
        static let expiry: UInt8 = 4
        static let priority: UInt8 = 5
    }

    /// What is known of a command 2 frame from the items walked so far.
    private struct ItemWalk: Hashable, Sendable {
        /// Where the next item starts, counted from the start of the frame.
        var offset = ProviderFrameDecoder.itemFrameHeader
        var token: Range<Int>?
        var payload: Range<Int>?
        var identifier: UInt32?
        var expiry: UInt32?
        var priority: UInt8?
        var repeatedItem: UInt8?

        var hasBegun: Bool { self.offset > ProviderFrameDecoder.itemFrameHeader }

        func has(_ item: UInt8) -> Bool {
            switch item {
            case Item.token: self.token != nil
            case Item.payload: self.payload != nil
            case Item.identifier: self.identifier != nil
            case Item.expiry: self.expiry != nil
            case Item.priority: self.priority != nil
            default: false
            }
        }
    }

    private mutating func itemFrame(_ bytes: WireBytes) throws(FrameRejection) -> Layout? {
        guard let announced = bytes.uint32(at: 1) else { return nil }
        guard announced <= UInt32(clamping: self.limits.maximumFrameLength) else {
            throw FrameRejection(.frameLength(Int(announced)), command: 2, identifier: nil)
        }
        let end = Self.itemFrameHeader + Int(announced)
        if !self.items.hasBegun, let layout = self.usualItems(bytes, end: end) { return layout }
        var walk = self.items
        while walk.offset < end {
            guard walk.offset + 3 <= end else { throw Self.misframed(.trailingBytes(end - walk.offset), in: walk) }
            guard let item = bytes.byte(at: walk.offset), let size = bytes.uint16(at: walk.offset + 1),
                try self.take(item, size: size, in: bytes, end: end, walk: &walk)
            else {
                self.items = walk
                return nil
            }
        }
        guard let token = walk.token, let payload = walk.payload else {
            throw Self.misframed(.trailingBytes(0), in: walk)
        }
        self.items = walk
        return Layout(
            command: 2,
            length: end,
            token: token,
            payload: payload,
            identifier: walk.identifier,
            expiry: walk.expiry,
            priority: walk.priority,
            repeatedItem: walk.repeatedItem
        )
    }

    /// A whole frame with the items 1 to 5 in this order, as nearly every client writes them: one look at all of them in
    /// place of a walk, with the same result. `nil`: it is another frame, or not all of it is there.
    @inline(__always)
    private func usualItems(_ bytes: WireBytes, end: Int) -> Layout? {
        let first = Self.itemFrameHeader
        guard let tokenSize = self.size(of: Item.token, at: first, in: bytes) else { return nil }
        let second = first + 3 + tokenSize
        guard let payloadSize = self.size(of: Item.payload, at: second, in: bytes) else { return nil }
        let third = second + 3 + payloadSize
        let (fourth, fifth) = (third + 7, third + 14)
        guard
            end == fifth + 4,
            self.size(of: Item.identifier, at: third, in: bytes) != nil,
            self.size(of: Item.expiry, at: fourth, in: bytes) != nil,
            self.size(of: Item.priority, at: fifth, in: bytes) != nil,
            let identifier = bytes.uint32(at: third + 3),
            let expiry = bytes.uint32(at: fourth + 3),
            let priority = bytes.byte(at: fifth + 3)
        else { return nil }
        return Layout(
            command: 2,
            length: end,
            token: first + 3..<second,
            payload: second + 3..<third,
            identifier: identifier,
            expiry: expiry,
            priority: priority,
            repeatedItem: nil
        )
    }

    /// The size of the value of an item that stands here, has arrived that far, and is well.
    @inline(__always)
    private func size(of item: UInt8, at offset: Int, in bytes: WireBytes) -> Int? {
        guard bytes.byte(at: offset) == item, let size = bytes.uint16(at: offset + 1) else { return nil }
        return self.accepts(item, size: size) ? size : nil
    }

    /// Judges one item and steps behind it. Returns false where a value has to arrive first.
    private func take(
        _ item: UInt8,
        size: Int,
        in bytes: WireBytes,
        end: Int,
        walk: inout ItemWalk
    ) throws(FrameRejection) -> Bool {
        let value = walk.offset + 3..<walk.offset + 3 + size
        let isRepeated = walk.has(item)
        if isRepeated, !self.limits.keepsLastOfDuplicates {
            throw FrameRejection(.duplicateItem(item), command: 2, identifier: walk.identifier)
        }
        guard self.accepts(item, size: size) else {
            throw FrameRejection(Self.objection(to: item, size: size), command: 2, identifier: walk.identifier)
        }
        // Field: clients that misstate the token's size were told 4: the payload item had been swallowed
        // (houston #56, go-libapns #14). So a misframed item ends the walk and presence decides.
        guard value.upperBound <= end else { throw Self.misframed(.itemOverrun(item), in: walk) }
        switch item {
        case Item.token: walk.token = value
        case Item.payload: walk.payload = value
        case Item.identifier:
            guard let identifier = bytes.uint32(at: value.lowerBound) else { return false }
            walk.identifier = identifier
        case Item.expiry:
            guard let expiry = bytes.uint32(at: value.lowerBound) else { return false }
            walk.expiry = expiry
        case Item.priority:
            guard let priority = bytes.byte(at: value.lowerBound) else { return false }
            walk.priority = priority
        default: break  // Unknown items never yielded an error of their own: skipped.
        }
        if isRepeated { walk.repeatedItem = item }
        walk.offset = value.upperBound
        return true
    }

    @inline(__always)
    private func accepts(_ item: UInt8, size: Int) -> Bool {
        switch item {
        case Item.token: self.limits.tokenSizes.contains(size)
        case Item.payload: self.limits.payloadSizes.contains(size)
        case Item.identifier, Item.expiry: size == 4
        case Item.priority: size == 1
        default: true
        }
    }

    private static func objection(to item: UInt8, size: Int) -> FrameRejection.Reason {
        switch item {
        case Item.token: Self.objection(toTokenSize: size)
        case Item.payload: Self.objection(toPayloadSize: size)
        default: .itemSize(item: item, size: size)
        }
    }

    /// The walk is over before its end: what is missing decides, the token first (pushy's shutdown frame, #178).
    private static func misframed(_ reason: FrameRejection.Reason, in walk: ItemWalk) -> FrameRejection {
        let missing: FrameRejection.Reason =
            if walk.token == nil { .missingToken } else if walk.payload == nil { .missingPayload } else { reason }
        return FrameRejection(missing, command: 2, identifier: walk.identifier)
    }
}
