import PushTestSupport

/// Lets a handful of services run at a time. Tests all start at once; hundreds of services with a thread and dozens of
/// sockets each would only be in each other's way.
actor ServiceGate {
    static let shared = ServiceGate(places: Sanitizers.areActive ? 3 : 8)

    /// Set inside a service's test, so that one started within another does not wait for a place.
    @TaskLocal static var isInside = false

    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) {
        self.places = places
    }

    func enter() async {
        guard self.places == 0 else {
            self.places -= 1
            return
        }
        await withCheckedContinuation { self.waiting.append($0) }
    }

    func leave() {
        guard self.waiting.isEmpty else { return self.waiting.removeFirst().resume() }
        self.places += 1
    }
}
