import MockProvider
import Testing

struct FaultyGatewayTests {
    @Test(arguments: FaultyGateway.Mistake.allCases)
    func `printed`(_ mistake: FaultyGateway.Mistake) async throws {
        let gateway = try await FaultyGateway.start(mistake)
        let clock = ContinuousClock()
        let start = clock.now
        let summary = await ConformanceSuite().run(try gateway.target()) { row, outcome, _ in
            print(mistake, row.id, outcome.kind)
        }
        await gateway.stop()
        var text = "MISTAKE \(mistake) \(clock.now - start)\n"
        for result in summary.results {
            switch result.outcome {
            case .failed(let e, let s, let h): text += "F \(mistake) | \(result.row.id) | \(e) | \(s) | \(h ?? "")\n"
            case .error(let e): text += "E \(mistake) | \(result.row.id) | \(e)\n"
            case .skipped(let r) where result.row.group != .feedback: text += "S \(mistake) | \(result.row.id) | \(r)\n"
            default: break
            }
        }
        print(text)
    }
}
