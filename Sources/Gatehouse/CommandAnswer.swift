package import ControlAPI

/// What a command found out, for people and for programs.
package struct CommandAnswer: Sendable {
    /// Lines without the last one's end; empty: nothing to say.
    package let text: String
    package let value: JSONValue

    /// One line of JSON.
    package var json: String { self.value.description }
}
