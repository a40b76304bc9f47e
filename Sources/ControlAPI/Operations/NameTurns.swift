/// Lets one caller at a time work on what has a name, in the order in which they came.
actor NameTurns {
    private var queues: [String: [CheckedContinuation<Void, Never>]] = [:]

    func take(_ name: String) async {
        guard self.queues[name] != nil else {
            self.queues[name] = []
            return
        }
        await withCheckedContinuation { self.queues[name]?.append($0) }
    }

    func give(_ name: String) {
        guard let queue = self.queues[name] else { return }
        if queue.isEmpty {
            self.queues[name] = nil
        } else {
            self.queues[name]?.removeFirst().resume()
        }
    }
}
