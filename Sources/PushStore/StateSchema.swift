/// The tables of a state file.
enum StateSchema {
    /// In the file's header, by which it is known as ours: `Gate`.
    static let applicationID: Int32 = 0x4761_7465
    /// In the file's header: the form of the tables below. A change of their meaning is a new number.
    static let format: Int32 = 1

    /// Times are nanoseconds since 1970. Numbers of topics, devices and apps hold the rows together and mean nothing
    /// elsewhere; the broker's and the ledger's topics are numbered apart.
    static let tables = """
        CREATE TABLE topics(id INTEGER PRIMARY KEY, hash BLOB NOT NULL, name TEXT) STRICT;
        CREATE TABLE devices(
            id INTEGER PRIMARY KEY, name TEXT NOT NULL, environment TEXT NOT NULL, base_token BLOB NOT NULL) STRICT;
        CREATE TABLE apps(
            id INTEGER PRIMARY KEY, device INTEGER NOT NULL, topic INTEGER NOT NULL, token BLOB NOT NULL,
            removed_at INTEGER) STRICT;
        -- The id is twice the app's, and one more for what is pending.
        CREATE TABLE slots(
            id INTEGER PRIMARY KEY, notification INTEGER NOT NULL, frame BLOB NOT NULL,
            payload_start INTEGER NOT NULL, payload_end INTEGER NOT NULL, kept_until INTEGER,
            wire_expiry INTEGER NOT NULL, priority INTEGER NOT NULL) STRICT;
        CREATE TABLE feedback(
            topic INTEGER NOT NULL, environment TEXT NOT NULL, token BLOB NOT NULL, since INTEGER NOT NULL,
            PRIMARY KEY(topic, environment, token)) STRICT, WITHOUT ROWID;

        -- Kinds: topic, device, rule.
        CREATE TABLE ledger_names(
            kind TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL,
            PRIMARY KEY(kind, number)) STRICT, WITHOUT ROWID;
        CREATE TABLE counters(
            topic INTEGER PRIMARY KEY, received INTEGER NOT NULL, accepted INTEGER NOT NULL, rejected INTEGER NOT NULL,
            discarded INTEGER NOT NULL, delivered INTEGER NOT NULL, in_flight INTEGER NOT NULL,
            stored INTEGER NOT NULL, coalesced INTEGER NOT NULL, expired INTEGER NOT NULL,
            undeliverable INTEGER NOT NULL, lost INTEGER NOT NULL) STRICT;
        -- Verdicts: 0 accepted; 1 rejected, detail is the status; 2 discarded, detail is the refused one's number.
        -- Fates: the kind in the upper four bits, the reason in the lower.
        CREATE TABLE notifications(
            id INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, clock_at INTEGER NOT NULL,
            environment TEXT NOT NULL, topic INTEGER NOT NULL, device INTEGER NOT NULL, token BLOB,
            unusual_token BLOB, verdict INTEGER NOT NULL, verdict_detail INTEGER, connection INTEGER NOT NULL,
            frame BLOB NOT NULL, payload_start INTEGER NOT NULL, payload_end INTEGER NOT NULL,
            command INTEGER NOT NULL, identifier INTEGER, expiry INTEGER, priority INTEGER,
            stream_offset INTEGER NOT NULL, length INTEGER NOT NULL, fate INTEGER NOT NULL,
            fate_detail INTEGER NOT NULL, steps BLOB NOT NULL, omitted_steps INTEGER NOT NULL, note TEXT) STRICT;
        CREATE TABLE pruned(id INTEGER PRIMARY KEY, topic INTEGER NOT NULL, fate TEXT) STRICT;
        CREATE TABLE position(
            id INTEGER PRIMARY KEY CHECK(id = 1), first INTEGER NOT NULL, next INTEGER NOT NULL,
            forgotten_below INTEGER NOT NULL, first_epoch INTEGER NOT NULL, epoch INTEGER NOT NULL,
            pruned_count INTEGER NOT NULL, opened_connections INTEGER NOT NULL,
            feedback_reads INTEGER NOT NULL) STRICT;

        -- What is small and of one piece, in words of its own: JSON.
        CREATE TABLE documents(
            kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY(kind, key)) STRICT, WITHOUT ROWID;
        """
}
