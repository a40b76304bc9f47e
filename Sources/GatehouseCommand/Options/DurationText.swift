import ArgumentParser
import Gatehouse

/// A duration as people type it: `500ms`, `10s`, `5m`, `2h`, `1d`; a bare number means seconds.
struct DurationText: ExpressibleByArgument {
    let duration: Duration

    init(_ duration: Duration) {
        self.duration = duration
    }

    init?(argument: String) {
        guard let duration = Duration(typed: argument) else { return nil }
        self.duration = duration
    }

    var defaultValueDescription: String { "\(self.duration.components.seconds)s" }
}
