import PushLedger

extension Route {
    /// The whole control API.
    static let table: [Route] = [
        Route(.get, "/livez", isOpen: true) { _ in .json(["status": "alive"]) },
        Route(.get, "/readyz", isOpen: true) { try $0.readiness() },

        Route(.get, "/v1/info", query: ["topic"]) { try await $0.info() },

        Route(.get, "/metrics") { try await $0.metrics() },

        Route(
            .get,
            "/v1/notifications",
            query: ControlCall.filterParameters + ["cursor", "limit", "order"]
        ) { try await $0.notifications() },
        Route(.delete, "/v1/notifications", query: ControlCall.filterParameters) {
            try await $0.deleteNotifications()
        },
        Route(.get, "/v1/notifications/latest", query: ControlCall.filterParameters) {
            try await $0.latestNotification()
        },
        Route(.post, "/v1/notifications/wait", body: .optional) { try await $0.wait() },
        Route(.post, "/v1/notifications/verify", body: .optional) { try await $0.verify() },
        Route(.get, "/v1/notifications/{id}") { try await $0.notificationInFull() },
        Route(.get, "/v1/notifications/{id}/raw") { try await $0.frame() },
        Route(.get, "/v1/notifications/{id}/payload") { try await $0.payload() },

        Route(.get, "/v1/waits", query: ["topic"]) { try await $0.waits() },
        Route(.delete, "/v1/waits", query: ["topic"]) { try await $0.endWaits() },

        Route(
            .get,
            "/v1/events",
            query: ["types", "topic", "environment", "lastEventId", "format"]
        ) { try await $0.events() },

        Route(.get, "/v1/networks") { $0.networks() },
        Route(.get, "/v1/fleets") { try await $0.fleets() },
        Route(.post, "/v1/fleets", body: .required) { try await $0.postFleet() },
        Route(.get, "/v1/fleets/{name}") { try await $0.fleet() },
        Route(.patch, "/v1/fleets/{name}", body: .required) { try await $0.patchFleet() },
        Route(.delete, "/v1/fleets/{name}") { try await $0.deleteFleet() },
        Route(.post, "/v1/fleets/{name}/wake-up", body: .optional) { try await $0.wakeUpFleet() },
        Route(.post, "/v1/fleets/{name}/reconnect", body: .optional) { try await $0.reconnectFleet() },
        Route(.post, "/v1/fleets/{name}/wait", body: .optional) { try await $0.waitForFleet() },
        Route(.get, "/v1/devices", query: ["fleet"]) { try await $0.devices() },
        Route(.get, "/v1/devices/{name}") { try await $0.device() },
        Route(.put, "/v1/devices/{name}", body: .required) { try await $0.putDevice() },
        Route(.patch, "/v1/devices/{name}", body: .required) { try await $0.patchDevice() },
        Route(.delete, "/v1/devices/{name}") { try await $0.deleteDevice() },
        Route(.put, "/v1/devices/{name}/apps/{topic}", body: .optional) { try await $0.putApp() },
        Route(.delete, "/v1/devices/{name}/apps/{topic}") { try await $0.deleteApp() },
        Route(.post, "/v1/devices/{name}/apps/{topic}/launch") { try await $0.launchApp() },
        Route(.post, "/v1/devices/{name}/restore") { try await $0.restoreDevice() },
        Route(.get, "/v1/devices/{name}/trace", query: ["after", "topics"]) { try await $0.deviceTrace() },

        Route(.get, "/v1/feedback", query: ["topic", "environment"]) { try await $0.feedback() },
        Route(.post, "/v1/feedback", body: .required) { try await $0.postFeedback() },
        Route(.delete, "/v1/feedback", query: ["topic", "environment"]) { try await $0.clearFeedback() },

        Route(.get, "/v1/faults", query: ["topic"]) { try await $0.faults() },
        Route(.post, "/v1/faults", body: .required) { try await $0.postFault() },
        Route(.delete, "/v1/faults", query: ["topic"]) { try await $0.clearFaults() },
        Route(.get, "/v1/faults/{id}") { try await $0.fault() },
        Route(.put, "/v1/faults/{id}", body: .required) { try await $0.putFault() },
        Route(.patch, "/v1/faults/{id}", body: .required) { try await $0.patchFault() },
        Route(.delete, "/v1/faults/{id}") { try await $0.deleteFault() },

        Route(.get, "/v1/certificates") { try await $0.certificates() },
        Route(.post, "/v1/certificates", body: .required) { try await $0.issueCertificate() },
        Route(.get, "/v1/certificates/{file}") { try await $0.certificateFile() },

        Route(.get, "/v1/revocations") { try await $0.revocations() },
        Route(.put, "/v1/revocations/{fingerprint}") { try await $0.putRevocation() },
        Route(.delete, "/v1/revocations/{fingerprint}") { try await $0.deleteRevocation() },

        Route(.get, "/v1/clock") { $0.clock() },
        Route(.put, "/v1/clock", body: .required) { try await $0.putClock() },
        Route(.post, "/v1/clock/advance", body: .required) { try await $0.advanceClock() },

        Route(.get, "/v1/state") { .json(try await $0.operations.exportState().json) },
        Route(.put, "/v1/state", body: .required, takesWholeStates: true) { call in
            let networks = call.operations.facts.networks
            try await call.operations.importState(StateExport(call.body ?? .null, networks: networks))
            return .json(try await call.operations.exportState().json)
        },

        Route(.get, "/v1/audit", query: ["topic", "environment"]) { try await $0.audit() },

        Route(
            .get,
            "/v1/connections",
            query: ["service", "environment", "open", "cursor", "limit", "order"]
        ) { try await $0.connections() },
        Route(.get, "/v1/connections/{id}") { try await $0.connection() },
        Route(.get, "/v1/connections/{id}/bytes", query: ["direction", "format"]) { try await $0.connectionBytes() },
        Route(.get, "/v1/connections/{id}/timeline") { try await $0.connectionTimeline() },
        Route(.delete, "/v1/connections/{id}", query: ["mode"]) { try await $0.endConnection() },

        Route(.post, "/v1/reset", body: .optional) { try await $0.reset() },
    ]
}
