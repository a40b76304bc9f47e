// Public, because the types are; an executable has nobody to export it to.
public import ArgumentParser
public import Gatehouse

extension PushEnvironment: ExpressibleByArgument {}
extension PushVerdict: ExpressibleByArgument {}
extension PushFate: ExpressibleByArgument {}
extension GatehouseConfiguration.IdentityKind: ExpressibleByArgument {}
extension AuditThreshold: ExpressibleByArgument {}
extension CopyForm: ExpressibleByArgument {}
