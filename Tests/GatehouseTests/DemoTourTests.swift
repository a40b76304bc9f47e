import Gatehouse
import Synchronization
import Testing

@Suite struct DemoTourTests {
    @Test func `the tour is true from beginning to end, and fits a terminal`() async throws {
        let told = Mutex("")
        try await DemoTour.run { text in told.withLock { $0 += text + "\n" } }
        let text = told.withLock { $0 }
        for word in [
            "delivered", "acknowledged", "accepted", "rejected, status 8", "discarded", "coalesced", "feedback",
        ] {
            #expect(text.contains(word))
        }
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }
}
