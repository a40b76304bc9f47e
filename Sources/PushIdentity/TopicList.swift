package import PushVocabulary

/// The value of the topic-list extension (1.2.840.113635.100.6.3.6): each topic a certificate may be used for,
/// followed by the kinds of push it stands for.
///
/// `SEQUENCE { UTF8String topic, SEQUENCE OF UTF8String kinds, ... }`, as pushy's TopicUtil models it.
package struct TopicList: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package var topic: Topic
        /// `app`, `voip`, `complication`.
        package var kinds: [String]

        package init(topic: Topic, kinds: [String]) {
            self.topic = topic
            self.kinds = kinds
        }
    }

    package var entries: [Entry]

    package init(entries: [Entry]) {
        self.entries = entries
    }

    /// Reads an extension's value as far as it can be understood: a topic without kinds counts too.
    ///
    /// - Returns: `nil` when the value is not a SEQUENCE.
    package init?(der: [UInt8]) {
        var outer = DERReader(der)
        guard var members = outer.enterSequence() else { return nil }
        self.entries = []
        while let member = members.next() {
            if let text = Self.text(member) {
                self.entries.append(Entry(topic: Topic(text), kinds: []))
            } else if member.tag == DER.Tag.sequence, !self.entries.isEmpty {
                self.entries[self.entries.count - 1].kinds = Self.texts(in: member.content)
            }
        }
    }

    package var der: [UInt8] {
        DER.sequence(
            self.entries.flatMap { entry in
                [DER.utf8String(entry.topic.name), DER.sequence(entry.kinds.map(DER.utf8String))]
            }
        )
    }

    private static func texts(in content: ArraySlice<UInt8>) -> [String] {
        var reader = DERReader(content)
        var texts: [String] = []
        while let member = reader.next() {
            if let text = Self.text(member) { texts.append(text) }
        }
        return texts
    }

    private static func text(_ element: DERReader.Element) -> String? {
        switch element.tag {
        case DER.Tag.utf8String, DER.Tag.ia5String, DER.Tag.printableString:
            String(validating: element.content, as: UTF8.self)
        default: nil
        }
    }
}
