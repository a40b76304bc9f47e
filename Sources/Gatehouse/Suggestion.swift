import PushVocabulary

/// What somebody who wrote a name that does not exist may have meant, for the command line.
package enum Suggestion {
    /// - Returns: `nil` when no name is near.
    package static func name(near written: String, among names: [String]) -> String? {
        NearestName.of(written, among: names)
    }
}
