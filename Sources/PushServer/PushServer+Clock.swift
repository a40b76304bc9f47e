package import PushTransport
package import PushVocabulary

extension PushServer: ProductTimeKeeper {
    package func nextDue() async -> Instant? { (try? await self.perform { $0.timers.nextDue }) ?? nil }
    package func startJournal() async { try? await self.perform { $0.timers.startJournal() } }
    package func settle() async { try? await self.perform { $0.timers.wake() } }
    package func endJournal() async -> [ProductTimers.Fired] {
        (try? await self.perform { $0.timers.endJournal() }) ?? []
    }
}
