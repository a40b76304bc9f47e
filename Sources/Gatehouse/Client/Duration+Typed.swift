import PushVocabulary

extension Duration {
    /// A duration as people type it: `500ms`, `10s`, `5m`, `2h`, `1d`; a bare number means seconds.
    package init?(typed text: String) { self.init(written: text) }
}

extension Duration {
    /// Rounded down.
    var milliseconds: Int64 { self.components.seconds * 1_000 + self.components.attoseconds / 1_000_000_000_000_000 }
}
