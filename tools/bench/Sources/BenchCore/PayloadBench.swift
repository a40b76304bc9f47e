import APNSWire

/// The look at a payload that every accepted notification goes through; the reference adds its bytes up.
@MainActor
struct PayloadBench {
    let isQuick: Bool
    private let calls = 1_000

    func run() {
        for size in [300, 200] {
            let payload = BenchFrame.payload(size)
            let costs = compare(
                rounds: self.isQuick ? 50 : 500,
                count: self.calls,
                subject: {
                    for _ in 0..<self.calls { precondition(PayloadCheck.defect(in: payload) == nil) }
                },
                reference: {
                    for _ in 0..<self.calls { consume(Self.sum(payload)) }
                }
            )
            report("payload check, \(size) bytes", costs, reference: "adding up its bytes")
        }
    }

    @inline(never)
    private static func sum(_ payload: [UInt8]) -> UInt8 { payload.reduce(0, &+) }
}
