/// Finds the numbers of records by what stands in them, without keeping that a second time: an open-addressed table of
/// eight bytes a cell. A dictionary with tokens as keys takes seven times as much, and two more looks into memory that
/// is far away.
struct NumberIndex: Sendable {
    /// 0: empty. Else the key's hash in the upper half, which tells where the cell belongs and nearly always whether
    /// its record is worth a look, and the number plus one in the lower half.
    private var cells: [UInt64] = []
    private(set) var count = 0

    /// - Parameters:
    ///   - hash: of the key; all 64 bits should depend on all of it.
    ///   - matches: whether the record with this number has the key.
    func number(hash: UInt64, where matches: (Int32) -> Bool) -> Int32? {
        guard !self.cells.isEmpty else { return nil }
        let mask = self.cells.count - 1
        let tag = hash >> 32
        var position = Int(tag) & mask
        while self.cells[position] != 0 {
            let cell = self.cells[position]
            if cell >> 32 == tag, case let number = Self.number(in: cell), matches(number) { return number }
            position = (position + 1) & mask
        }
        return nil
    }

    /// Enters a number. Its key must not be there.
    ///
    /// - Parameter number: not negative.
    mutating func insert(_ number: Int32, hash: UInt64) {
        if (self.count + 1) * 4 > self.cells.count * 3 { self.grow() }
        self.place(Self.cell(number, hash: hash))
        self.count += 1
    }

    /// Takes a number out, if it stands under this hash.
    mutating func remove(_ number: Int32, hash: UInt64) {
        guard !self.cells.isEmpty else { return }
        let mask = self.cells.count - 1
        let wanted = Self.cell(number, hash: hash)
        var position = Int(hash >> 32) & mask
        while self.cells[position] != wanted {
            guard self.cells[position] != 0 else { return }
            position = (position + 1) & mask
        }
        self.count -= 1
        self.close(gap: position)
    }

    /// Moves up what stands behind a gap and belongs before it, so that a search may end at an empty cell.
    private mutating func close(gap start: Int) {
        let mask = self.cells.count - 1
        var gap = start
        var position = (gap + 1) & mask
        while self.cells[position] != 0 {
            let home = Int(self.cells[position] >> 32) & mask
            if (position - home) & mask >= (position - gap) & mask {
                self.cells[gap] = self.cells[position]
                gap = position
            }
            position = (position + 1) & mask
        }
        self.cells[gap] = 0
    }

    private mutating func place(_ cell: UInt64) {
        let mask = self.cells.count - 1
        var position = Int(cell >> 32) & mask
        while self.cells[position] != 0 { position = (position + 1) & mask }
        self.cells[position] = cell
    }

    private mutating func grow() {
        let old = self.cells
        self.cells = Array(repeating: 0, count: max(16, old.count * 2))
        for cell in old where cell != 0 { self.place(cell) }
    }

    private static func cell(_ number: Int32, hash: UInt64) -> UInt64 {
        hash & 0xFFFF_FFFF_0000_0000 | (UInt64(UInt32(bitPattern: number)) + 1)
    }

    private static func number(in cell: UInt64) -> Int32 { Int32(bitPattern: UInt32(truncatingIfNeeded: cell) &- 1) }
}
