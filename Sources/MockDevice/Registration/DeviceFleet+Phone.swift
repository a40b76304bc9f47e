package import PushVocabulary

/// What the user of a phone does with it.
///
/// Each returns once the phone is registered again, if it is to be online; at once when it is away. All throw
/// `DeviceFleetError`.
extension DeviceFleet {
    /// Installs an app, and has it run if its setup says so.
    package func install(
        _ topic: Topic,
        token: DeviceToken? = nil,
        as setup: AppSetup = AppSetup(),
        on name: String
    ) async throws {
        try await self.settled(name) { roster in
            try roster.change(name) { $0.install(topic, token: token, as: setup, at: $1) }
        }
    }

    /// Uninstalls an app; the removal is sent to the courier if the device is online and has another app.
    package func uninstall(_ topic: Topic, from name: String) async throws {
        try await self.perform { roster in
            try roster.change(topic, on: name) { $0.uninstall(topic, at: $1) }
        }
    }

    /// Opens an app: it asks for its token, whatever it had.
    package func launch(_ topic: Topic, on name: String) async throws {
        try await self.settled(name) { roster in
            try roster.change(topic, on: name) { machine, _ in machine.launch(topic) }
        }
    }

    /// Answers the question for permission, or changes the answer in Settings.
    package func answerPermission(_ topic: Topic, _ answer: PermissionBook.Answer, on name: String) async throws {
        try await self.settled(name) { roster in
            try roster.change(topic, on: name) { machine, _ in machine.answerPermission(topic, answer) }
        }
    }

    /// Has the phone sort an app's topic as in `setup`, and the app treat its token so; the user answers so when asked
    /// for the first time.
    package func change(_ topic: Topic, to setup: AppSetup, on name: String) async throws {
        try await self.settled(name) { roster in
            try roster.change(topic, on: name) { machine, _ in
                machine.set(setup.habit, firstAnswer: setup.permission, of: topic)
                return machine.sort(topic, as: setup.sorting)
            }
        }
    }

    /// Restores the phone from a backup: it has no token any more, and no app has asked for one yet.
    package func restore(_ name: String) async throws {
        try await self.settled(name) { roster in try roster.change(name) { machine, _ in machine.restore() } }
    }

    /// The Notifications switch in Settings.
    package func switchNotifications(on: Bool, on name: String) async throws {
        try await self.settled(name) { roster in
            try roster.change(name) { machine, _ in machine.switchNotifications(on: on) }
        }
    }

    package func setKeepAlive(_ profile: KeepAliveProfile, on name: String) async throws {
        try await self.perform { roster in
            try roster.change(name) { machine, now in
                machine.setKeepAlive(profile, at: now)
                return []
            }
        }
    }
}
