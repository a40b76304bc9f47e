package import PushVocabulary

/// From when to when a certificate counts as valid.
package struct Validity: Hashable, Sendable {
    package var notBefore: Instant
    package var notAfter: Instant

    package init(notBefore: Instant, notAfter: Instant) {
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// 2008-01-01 to 2049-12-31, so that a test that moves the clock to the years of the service, or ahead, is not
    /// stopped by a certificate.
    package static let wide = Validity(
        notBefore: Instant(unixSeconds: 1_199_145_600),
        notAfter: Instant(unixSeconds: 2_524_607_999)
    )
}

/// What a provider's certificate shall say.
package struct ProviderRequest: Hashable, Sendable {
    /// The app's bundle identifier. For ``IdentityKind/voip`` with or without its `.voip`.
    package var topic: Topic
    package var kind: IdentityKind
    /// The subject's OU: ten characters, as Apple's team identifiers have.
    package var teamIdentifier: String
    /// The subject's O, which real certificates had only in later years.
    package var organization: String?
    /// Topics of other apps, added to the topic list as kind `app`; the certificate gets a list if it had none.
    package var additionalTopics: [Topic]
    package var validity: Validity

    package init(
        topic: Topic,
        kind: IdentityKind,
        teamIdentifier: String = "GATEHOUSE1",
        organization: String? = nil,
        additionalTopics: [Topic] = [],
        validity: Validity = .wide
    ) {
        self.topic = topic
        self.kind = kind
        self.teamIdentifier = teamIdentifier
        self.organization = organization
        self.additionalTopics = additionalTopics
        self.validity = validity
    }
}

extension ProviderRequest {
    /// The bundle identifier that fills the profile's patterns.
    var bundle: String {
        let profile = IdentityProfile.of(self.kind)
        return profile.userID.bundle(in: self.topic.name) ?? self.topic.name
    }

    var commonName: String { IdentityProfile.of(self.kind).commonName.filled(with: self.bundle) }
    var userID: String { IdentityProfile.of(self.kind).userID.filled(with: self.bundle) }

    /// `nil` when the certificate shall not carry the extension.
    var topicList: TopicList? {
        var entries = IdentityProfile.of(self.kind).topicList.map {
            TopicList.Entry(topic: Topic($0.topic.filled(with: self.bundle)), kinds: $0.kinds)
        }
        entries += self.additionalTopics.map { TopicList.Entry(topic: $0, kinds: ["app"]) }
        return entries.isEmpty ? nil : TopicList(entries: entries)
    }

    /// Whether `certificate` says what this request asks for.
    func describes(_ certificate: Certificate) -> Bool {
        let topics = Set([Topic(self.userID)] + (self.topicList?.entries.map(\.topic) ?? []))
        return certificate.userID == self.userID
            && certificate.commonName == self.commonName
            && certificate.organizationalUnit == self.teamIdentifier
            && certificate.organization == self.organization
            && certificate.kind == self.kind
            && Set(certificate.topics) == topics
            && certificate.notBefore.unixSeconds == self.validity.notBefore.unixSeconds
            && certificate.notAfter.unixSeconds == self.validity.notAfter.unixSeconds
    }
}
