/// An app that is to be on a device.
package struct WantedApp: Hashable, Sendable {
    package var topic: Topic
    /// Known from an earlier life or asked for; `nil`: the one it has, or the one the service gives it.
    package var token: DeviceToken?

    package init(topic: Topic, token: DeviceToken? = nil) {
        self.topic = topic
        self.token = token
    }
}
