import Foundation
import Testing

@testable import PushIdentity

struct ProfilesTests {
    @Test func `the program holds certs/profiles.json letter for letter`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../certs/profiles.json")
        let written = try Array(Data(contentsOf: file))
        #expect(PackageResources.profiles_json == written)
    }

    @Test func `there is one profile for each kind, and their markers tell them apart`() {
        let profiles = IdentityProfiles.builtIn.profiles
        #expect(Set(profiles.map(\.kind)) == Set(IdentityKind.allCases))
        #expect(profiles.count == IdentityKind.allCases.count)
        #expect(Set(profiles.map(\.markers)).count == profiles.count)
        for profile in profiles {
            #expect(profile.environments == Set(profile.markers.compactMap(\.environment)))
            #expect(profile.userID.text.contains("{bundle}"))
            #expect(profile.commonName.text.contains("{bundle}"))
        }
    }
}
