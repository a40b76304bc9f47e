extension ControlCall {
    func revocations() async throws -> ControlAnswer {
        let items = try await self.operations.revocations()
        return .json(["items": .array(items.map { ["fingerprint": .string($0)] }), "total": .number(items.count)])
    }

    /// Safe to repeat.
    func putRevocation() async throws -> ControlAnswer {
        let (fingerprint, isNew) = try await self.operations.revoke(self.parameter("fingerprint"))
        return .made(["fingerprint": .string(fingerprint)], at: isNew ? "/v1/revocations/\(fingerprint)" : nil)
    }

    func deleteRevocation() async throws -> ControlAnswer {
        try await self.operations.unrevoke(self.parameter("fingerprint"))
        return .empty
    }
}
