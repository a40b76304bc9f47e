/// Bytes on their way in one direction, and the end that stands behind them.
struct SimulatedStream {
    private var bytes: [UInt8] = []
    private var start = 0
    private(set) var hasEnd = false

    /// Bytes that were ever written, and those that have arrived.
    var writtenCount: Int { self.bytes.count }
    var arrivedCount: Int { self.start }
    var isEmpty: Bool { self.start == self.bytes.count }

    mutating func write(_ more: some Sequence<UInt8>) {
        guard !self.hasEnd else { return }
        self.bytes.append(contentsOf: more)
    }

    mutating func end() { self.hasEnd = true }

    mutating func take(_ count: Int) -> [UInt8] {
        let taken = Array(self.bytes[self.start..<min(self.start + count, self.bytes.count)])
        self.start += taken.count
        return taken
    }
}
