import MockDevice
import PushTestSupport
import PushVocabulary
import Testing

struct NetworkProfileTests {
    @Test(.seed("003-18"))
    func `every profile that comes with Gatehouse has a name, a cause and a source`() {
        let profiles = NetworkCatalogue.builtIn.profiles
        #expect(Set(profiles.map(\.name)).count == profiles.count)
        for profile in profiles where profile.name != "ideal" {
            #expect(!profile.summary.isEmpty && !profile.source.isEmpty && !profile.bearers.isEmpty, "\(profile.name)")
        }
    }

    @Test func `parameters go on top of a named profile`() throws {
        let json = #"{"profile": "operator-idle-cutoff", "idleCutoff": "3m", "latency": 0.25}"#
        let profile = try NetworkProfile(json: Array(json.utf8), catalogue: .builtIn)
        #expect(profile.bearers.map(\.idleCutoff) == [.seconds(180)])
        #expect(profile.bearers.map(\.latency) == [.milliseconds(250)])
        #expect(profile.bearers.map(\.kind) == [.cellular])
    }

    @Test func `a user's file adds profiles, and replaces one of a known name`() throws {
        var catalogue = NetworkCatalogue.builtIn
        let count = catalogue.profiles.count
        try catalogue.add(
            file: Array(
                #"[{"name": "mine", "latency": "1s"}, {"name": "lift", "profile": "mine", "jitter": "2s"}]"#.utf8
            )
        )
        #expect(catalogue.profiles.count == count + 1)
        #expect(catalogue.profile(named: "lift")?.bearers.first?.latency == .seconds(1))
    }

    @Test(arguments: [
        (#"[]"#, "it must be an object"),
        (#"{"profil": "ideal"}"#, "/profil is not known here"),
        (#"{"profile": "nowhere"}"#, "/profile names no network profile"),
        (#"{"latency": "fast"}"#, "/latency must be a time"),
        (#"{"latency": -1}"#, "/latency must be a time"),
        (#"{"acknowledgementLoss": 2}"#, "/acknowledgementLoss must be a number from 0.0 to 1.0"),
        (#"{"access": "shut"}"#, "/access must be open, roaming-off"),
        (#"{"bearers": []}"#, "/bearers must have one or two elements"),
        (#"{"bearers": [{"kind": "fax"}]}"#, "/bearers/0/kind must be cellular, wifi"),
        (#"{"outages": {"up": "5m"}}"#, "/outages must have up and down"),
        (#"{"outages": {"up": ["9m", "5m"], "down": "1m"}}"#, "/outages/up must be the shortest time"),
        (#"{"outages": {"schedule": [{"at": "5m"}]}}"#, "/outages/schedule/0 must have at and for"),
        (
            #"{"outages": {"schedule": [{"at": "5m", "for": "5m"}, {"at": "6m", "for": "1m"}]}}"#,
            "/outages/schedule/1/at must be after"
        ),
        (#"{"outages": {"schedule": [{"at": "5m", "for": "5m"}], "every": "10m"}}"#, "/outages/every must be longer"),
        (#"{"#, "it is not JSON"),
    ])
    func `what is no profile is refused with its place`(_ json: String, _ message: String) {
        let error = #expect(throws: NetworkProfileError.self) {
            try NetworkProfile(json: Array(json.utf8), catalogue: .builtIn)
        }
        #expect(error?.description.hasPrefix(message) == true, "\(String(describing: error))")
    }

    @Test func `durations are written as they are read`() {
        for text in ["300ms", "0s", "8m", "2h", "1d", "90s"] { #expect(Duration(written: text)?.written == text) }
    }
}
