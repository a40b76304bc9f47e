import APNSWire
package import PushVocabulary

/// What the user does with apps.
extension DeviceMachine {
    /// Installs an app, and runs it if its setup says so. One that is there already is left alone, but for a token.
    ///
    /// - Parameter token: known from an earlier life; `nil` has the app ask for one.
    package mutating func install(
        _ topic: Topic,
        token: DeviceToken? = nil,
        as setup: AppSetup = AppSetup(),
        at now: Instant
    ) -> [Order] {
        if let index = self.apps.firstIndex(where: { $0.topic == topic }) {
            if let token { self.apps[index].token = token }
            return []
        }
        var app = App(topic: topic, token: token, setup: setup)
        app.isUnconfirmed = true
        app.hasAsked = false
        app.isAsking = false
        self.unreportedRemovals.removeAll { $0 == app.hash }
        self.permissions.installed(topic, at: now)
        self.apps.append(app)
        let isNowCapable = app.isPushCapable && !self.isOnline && self.isWanted
        guard setup.isLaunched else { return isNowCapable ? self.connect() : [] }
        return self.run(self.apps.count - 1)
    }

    package mutating func uninstall(_ topic: Topic, at now: Instant) -> [Order] {
        guard let index = self.apps.firstIndex(where: { $0.topic == topic }) else { return [] }
        let app = self.apps.remove(at: index)
        self.permissions.uninstalled(topic, at: now)
        guard self.hasPushCapableApps else {
            self.unreportedRemovals = []
            return [.report(.uninstalled(topic))] + self.hangUp()
        }
        guard app.isPushCapable else { return [.report(.uninstalled(topic))] }
        self.unreportedRemovals.append(app.hash)
        return [.report(.uninstalled(topic))] + (self.isOnline ? [self.filterOrder()] : [])
    }

    /// The user opens an app: it asks for its token, as apps are told to do on every launch, and for permission if the
    /// user was never asked.
    package mutating func launch(_ topic: Topic) -> [Order] {
        guard let index = self.apps.firstIndex(where: { $0.topic == topic }) else { return [] }
        self.apps[index].isUnconfirmed = true
        return [.report(.launched(topic))] + self.run(index)
    }

    private mutating func run(_ index: Int) -> [Order] {
        let wasListed = self.apps[index].isListed
        self.apps[index].hasAsked = true
        let topic = self.apps[index].topic
        // An app without the entitlement does not even get to put the question (TN2265, "Error Delegate Callback").
        if let defect = self.apps[index].setup.entitlement?.defect {
            return [.report(.registrationFailed(topic, reason: defect))]
        }
        let asking = self.askPermission(index)
        guard self.isOnline else { return asking + (self.isWanted ? self.connect() : []) }
        return asking + (wasListed ? [] : [self.filterOrder()]) + self.requestTokens()
    }

    private mutating func askPermission(_ index: Int) -> [Order] {
        let topic = self.apps[index].topic
        guard self.permissions.answer(for: topic) == nil else { return [] }
        switch self.apps[index].setup.permission {
        case .granted: self.permissions.answered(topic, .granted)
        case .denied: self.permissions.answered(topic, .denied)
        case .ask:
            guard !self.apps[index].isAsking else { return [] }
            self.apps[index].isAsking = true
            return [.report(.askedPermission(topic))]
        }
        return []
    }

    /// The user answers the question, or changes the answer in Settings.
    package mutating func answerPermission(_ topic: Topic, _ answer: PermissionBook.Answer) -> [Order] {
        guard let index = self.apps.firstIndex(where: { $0.topic == topic }),
            self.permissions.answer(for: topic) != answer
        else { return [] }
        self.apps[index].isAsking = false
        self.permissions.answered(topic, answer)
        return [.report(.answeredPermission(topic, answer))]
            + (self.isOnline && self.apps[index].isListed ? [self.filterOrder()] : [])
    }

    /// Sorts an app's topic otherwise, as the system does when it has the phone save power or the user stops the app.
    package mutating func sort(_ topic: Topic, as sorting: AppSorting) -> [Order] {
        guard let index = self.apps.firstIndex(where: { $0.topic == topic }),
            self.apps[index].setup.sorting != sorting
        else { return [] }
        self.apps[index].setup.sorting = sorting
        return self.isOnline && self.apps[index].isListed ? [self.filterOrder()] : []
    }

    /// Has an app hand its tokens over otherwise from now on, and its user answer so when asked for the first time.
    package mutating func set(_ habit: TokenHabit, firstAnswer: AppSetup.FirstAnswer, of topic: Topic) {
        guard let index = self.apps.firstIndex(where: { $0.topic == topic }) else { return }
        self.apps[index].setup.permission = firstAnswer
        guard self.apps[index].setup.habit != habit else { return }
        self.apps[index].setup.habit = habit
        if let token = self.apps[index].token { self.apps[index].handOver(token) }
    }

    // MARK: - The whole phone

    /// The phone is restored from a backup: apps and their data are there, tokens and permissions are not, and no app
    /// has been run.
    package mutating func restore() -> [Order] {
        self.baseToken = nil
        self.unreportedRemovals = []
        self.permissions.forgetAll()
        for index in self.apps.indices {
            self.apps[index].token = nil
            self.apps[index].hasAsked = false
            self.apps[index].isUnconfirmed = true
            self.apps[index].isRequested = false
            self.apps[index].isAsking = false
        }
        self.backOff = Self.minimumBackOff
        let wasWanted = self.isWanted
        return [.report(.restored)] + self.hangUp() + (wasWanted ? self.connect() : [])
    }

    /// The Notifications switch in Settings. Off ends the connection; on makes it anew at once, which is what TN2265
    /// advises where nothing arrives.
    package mutating func switchNotifications(on: Bool) -> [Order] {
        guard self.areNotificationsOn != on else { return [] }
        self.areNotificationsOn = on
        let report = Order.report(.switchedNotifications(on: on))
        guard on else { return [report] + self.hangUp() }
        self.backOff = Self.minimumBackOff
        return [report] + (self.isWanted ? self.connect() : [])
    }

    // MARK: - Steps

    var hasPushCapableApps: Bool { self.apps.contains(where: \.isPushCapable) }

    mutating func filterOrder() -> Order {
        var filter = CourierFilter(baseToken: self.baseToken)
        for app in self.apps where app.isListed {
            switch self.permissions.answer(for: app.topic) == .denied ? .ignored : app.setup.sorting {
            case .enabled: filter.enabled.append(app.hash)
            case .opportunistic: filter.opportunistic.append(app.hash)
            case .nonWaking: filter.nonWaking.append(app.hash)
            case .paused: filter.paused.append(app.hash)
            case .ignored: filter.ignored.append(app.hash)
            }
        }
        filter.removed = self.unreportedRemovals
        self.unreportedRemovals = []
        return .send(.filter(filter))
    }

    /// Asks for the token of every app that has none, and of those run since: an app asks on every launch (TN2265), and
    /// asking is what makes an app that was gone an app again.
    mutating func requestTokens() -> [Order] {
        self.apps.indices.compactMap { index in
            let app = self.apps[index]
            guard app.isListed, app.isUnconfirmed, !app.isRequested else { return nil }
            self.apps[index].isRequested = true
            return .send(
                .appTokenRequest(
                    CourierAppTokenRequest(baseToken: self.baseToken, topic: app.hash, appIdentifier: 0)
                )
            )
        }
    }

    mutating func voidTokens() {
        for index in self.apps.indices {
            self.apps[index].token = nil
            self.apps[index].isUnconfirmed = true
        }
    }

    mutating func received(_ response: CourierAppTokenResponse) -> [Order] {
        guard let index = self.apps.firstIndex(where: { $0.hash == response.topic }) else { return [] }
        self.apps[index].isRequested = false
        guard response.status == 0 else { return [] }
        self.apps[index].token = response.token
        self.apps[index].isUnconfirmed = false
        self.apps[index].handOver(response.token)
        return [.report(.registered(self.apps[index].topic, token: response.token))]
    }
}
