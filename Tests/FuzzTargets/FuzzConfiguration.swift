import Gatehouse

/// Any text is a configuration, or a sentence about why it is not.
enum FuzzConfiguration {
    static func run(_ bytes: UnsafeRawBufferPointer) {
        let text = String(decoding: bytes, as: UTF8.self)
        do throws(GatehouseError) {
            _ = try GatehouseConfiguration.resolve(
                ConfigurationSources(flags: [.config: "fuzz.yml"]),
                read: { _ throws(GatehouseError) in text }
            )
        } catch {
            precondition(!error.description.isEmpty, "a mistake without a word")
        }
    }
}
