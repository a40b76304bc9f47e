/// What is sent on one connection, and what has to come back.
struct Exchange: Sendable {
    enum Expected: Hashable, Sendable {
        /// These six bytes.
        case packet(status: UInt8, identifier: UInt32)
        /// Six bytes with this status and one of these identifiers.
        case packetOfEither(status: UInt8, identifiers: [UInt32])
        /// The end of the stream and not one byte.
        case endWithoutByte
        /// Nothing: a known bad frame is sent behind the others, and its answer is all that comes.
        case silence
    }

    /// How what is sent is divided into writes.
    enum Cut: Hashable, Sendable {
        case none
        case everyByte
        case everyField
        /// Two writes: the second begins three bytes into the last frame, where nothing of it can be judged yet.
        case withinLastFrame
    }

    /// Which of several exchanges of a row it is, for people.
    var label: String?
    /// Whole frames, or other bytes where only the first write counts.
    var frames: [[UInt8]]
    var cut: Cut
    /// Whether the client closes its half of the stream behind the frames.
    var endsOutput: Bool
    var expected: Expected
    /// The commands that a gateway must know to be judged by this.
    var commands: Set<UInt8>

    init(_ frames: [[UInt8]], cut: Cut = .none, endsOutput: Bool = false, expect expected: Expected) {
        self.frames = frames
        self.commands = Set(frames.compactMap(\.first)).intersection(0...2)
        self.cut = cut
        self.endsOutput = endsOutput
        self.expected = expected
    }

    init(
        _ label: String,
        _ frames: [[UInt8]],
        cut: Cut = .none,
        endsOutput: Bool = false,
        expect expected: Expected
    ) {
        self.init(frames, cut: cut, endsOutput: endsOutput, expect: expected)
        self.label = label
    }

    /// The writes, when `frames` are to be sent.
    func writes(of frames: [[UInt8]]) -> [[UInt8]] {
        let all = frames.flatMap(\.self)
        switch self.cut {
        case .none: return [all]
        case .everyByte: return all.map { [$0] }
        case .everyField: return frames.flatMap(Self.fields)
        case .withinLastFrame:
            let cut = all.count - (frames.last?.count ?? 0) + 3
            return [Array(all.prefix(cut)), Array(all.dropFirst(cut))]
        }
    }

    /// A well-formed frame in its fields, the command and the lengths included.
    static func fields(of frame: [UInt8]) -> [[UInt8]] {
        var rest = frame[...]
        var fields: [[UInt8]] = []
        func take(_ count: Int) {
            fields.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        func takeCounted() {
            let count = rest.prefix(2).reduce(0) { $0 << 8 | Int($1) }
            take(2)
            if count > 0 { take(count) }
        }
        take(1)
        switch frame.first {
        case 1:
            take(4)
            take(4)
        case 2: take(4)
        default: break
        }
        while !rest.isEmpty {
            if frame.first == 2 { take(1) }
            takeCounted()
        }
        return fields
    }
}
