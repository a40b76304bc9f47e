import APNSWire
import NIOCore
import PushBroker
import PushIdentity
import PushLedger
import PushServer
import PushTestSupport
import PushVocabulary
import ServiceTestSupport
import Testing

/// What the choices of a profile are, as data.
struct ServiceProfileTests {
    @Test func `there is a profile for every era and every degree of strictness`() {
        let names = ["2009", "2010", "2013", "2014", "voip", "late", "strict", "lenient"]
        #expect(ServiceProfile.all.map(\.name) == names)
        #expect(ServiceProfile.standard == ServiceProfile.named("2014"))
        #expect(ServiceProfile.named("2012") == nil)
    }

    @Test func `every choice says what it is about and where it comes from, in one line`() {
        #expect(Set(ServiceProfile.choices.map(\.name)).count == ServiceProfile.choices.count)
        for choice in ServiceProfile.choices {
            for text in [choice.name, choice.summary, choice.values, choice.source] {
                #expect(!text.isEmpty && !text.contains("\n"), "\(choice.name)")
            }
        }
    }

    @Test(arguments: ServiceProfile.all)
    func `the choices make up the profile: set one by one, they give it again`(_ profile: ServiceProfile) throws {
        var copy = ServiceProfile(name: profile.name)
        for choice in ServiceProfile.choices { try copy.set(choice.name, to: choice.value(in: profile)) }
        #expect(copy == profile)
    }

    @Test(arguments: [
        ("commands", "0-1"), ("unknown-command", "128"), ("token-sizes", "1-100"), ("payload-limit", "256"),
        ("voip-payload-limit", "256"), ("reply-delay", "250ms"), ("payload-defect", "128"), ("other-priority", "1"),
        ("dead-token-pushes", "3"), ("mark-tolerance", "no"), ("expiry-signed", "no"), ("store-without-expiry", "yes"),
        ("try-expired", "no"), ("storage-limit", "36h"), ("feedback-clearing", "after-clean-close"),
        ("sandbox-feedback", "nothing"), ("alert-wrong-environment", "46"), ("alert-expired", "80"),
        ("alert-revoked", "46"), ("alert-no-certificate", "42"),
    ])
    func `a choice is set alone, and the others stay`(_ name: String, _ value: String) throws {
        var profile = ServiceProfile.standard
        try profile.set(name, to: value)
        #expect(profile != .standard)
        for choice in ServiceProfile.choices {
            let expected = choice.name == name ? value : choice.value(in: .standard)
            #expect(choice.value(in: profile) == expected, "\(choice.name)")
        }
    }

    @Test(arguments: [
        ("commands", "3"), ("commands", "1-0"), ("token-sizes", "0"), ("token-sizes", "1-101"), ("token-sizes", "-5"),
        ("payload-limit", "0"), ("payload-limit", "65536"), ("payload-defect", "9"), ("reply-delay", "5"),
        ("reply-delay", "-1s"), ("storage-limit", "9999999999999d"), ("dead-token-pushes", "-1"),
        ("expiry-signed", "true"), ("alert-expired", "256"), ("feedback-clearing", "later"),
    ])
    func `what is no value of a choice is refused with the values that are, and changes nothing`(
        _ name: String,
        _ value: String
    ) {
        var profile = ServiceProfile.standard
        let error = #expect(throws: ProfileChoiceError.self) { try profile.set(name, to: value) }
        #expect(error?.description.contains(name) == true)
        #expect(profile == .standard)
    }

    @Test func `an unknown choice is refused with those there are`() {
        var profile = ServiceProfile.standard
        let error = #expect(throws: ProfileChoiceError.noSuchChoice("colour")) { try profile.set("colour", to: "red") }
        #expect(error?.description.contains("token-sizes") == true)
    }
}
