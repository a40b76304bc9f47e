import PushVocabulary

/// The parameters of a request's query, each at most once.
struct QueryReader {
    private var values: [String: String] = [:]

    /// - Parameters:
    ///   - query: what stands behind the `?`.
    ///   - parameters: those that may be there.
    init(_ query: String?, parameters: [String]) throws(ControlError) {
        for pair in (query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decoded(parts[0], plusIsSpace: true), parameters.contains(name) else {
                throw Self.unknown(String(parts[0]), parameters: parameters)
            }
            let text = parts.count > 1 ? parts[1] : ""
            guard let value = PercentEncoding.decoded(text, plusIsSpace: true) else {
                throw .invalid(.parameter(name), "must be percent-encoded UTF-8")
            }
            guard self.values.updateValue(value, forKey: name) == nil else {
                throw .invalid(.parameter(name), "must be given once")
            }
        }
    }

    subscript(name: String) -> String? { self.values[name] }

    /// Reads a parameter, when it is there; what `body` finds wrong is said of it.
    func value<Value>(
        _ name: String,
        _ body: (String) throws(ValueDefect) -> Value
    ) throws(ControlError) -> Value? {
        guard let text = self.values[name] else { return nil }
        do {
            return try body(text)
        } catch {
            throw .invalid(.parameter(name), error.text)
        }
    }

    private static func unknown(_ name: String, parameters: [String]) -> ControlError {
        ControlError(
            .unknownParameter,
            "there is no parameter \"\(name)\"",
            hint: parameters.isEmpty
                ? "This path takes no parameters."
                : NearestName.hint(for: name, among: parameters, called: "parameters"),
            places: [ControlError.Place(.parameter(name), "does not exist")]
        )
    }
}
