extension SimulationPlan {
    /// Lives it, in a world of its own.
    ///
    /// - Returns: the first thing that was wrong; `nil`: nothing was.
    package func problem() throws -> String? { try SimulatedWorld(seed: self.seed).live(self) }

    /// Lives it, and tells what became of every notification.
    package func story() throws -> String {
        let world = try SimulatedWorld(seed: self.seed)
        let problem = try world.live(self)
        return world.story + (problem.map { "\n\($0)" } ?? "")
    }

    /// Lives it, and the shorter ones that still fail should it fail.
    ///
    /// - Returns: the seed, what was wrong, and the shortest list of steps that still leads to something wrong; `nil`:
    ///   nothing was.
    package func failure() throws -> String? {
        guard let problem = try self.problem() else { return nil }
        let shortest = try self.shrunk()
        let told = try shortest.closelyWatchedProblem() ?? "nothing"
        let steps = shortest.steps.map { "  \($0)" }.joined(separator: "\n")
        return "seed \(self.seed): \(problem)\nshortest, \(told):\n\(steps)"
    }

    /// What is wrong is seen when it happens, so that nothing behind that is needed.
    private func closelyWatchedProblem() throws -> String? {
        try SimulatedWorld(seed: self.seed).live(self, interval: 1)
    }

    /// Leaves steps out, in ever smaller groups, as long as what is left fails.
    private func shrunk() throws -> SimulationPlan {
        var plan = self
        var size = plan.steps.count / 2
        while size > 0 {
            var start = 0
            while start < plan.steps.count {
                var shorter = plan
                shorter.steps.removeSubrange(start..<min(start + size, plan.steps.count))
                if try shorter.closelyWatchedProblem() != nil { plan = shorter } else { start += size }
            }
            size /= 2
        }
        return plan
    }
}
