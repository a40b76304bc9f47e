import PushBroker

/// Values by the numbers of devices, which are small and given out again: found by looking, not by hashing.
struct DeviceTable<Value> {
    private var values: [Value?] = []

    subscript(device: DeviceID) -> Value? {
        get { device.number < self.values.count ? self.values[device.number] : nil }
        set {
            while self.values.count <= device.number { self.values.append(nil) }
            self.values[device.number] = newValue
        }
    }

    /// - Returns: what was there before.
    mutating func exchange(_ value: Value?, for device: DeviceID) -> Value? {
        defer { self[device] = value }
        return self[device]
    }
}
