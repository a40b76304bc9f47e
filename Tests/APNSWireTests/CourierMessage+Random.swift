import APNSWire
import NIOCore
import PushVocabulary

extension CourierMessage {
    /// Any message that can be written and read back, each command about equally often.
    static func random(using random: inout SeededGenerator) -> CourierMessage {
        switch CourierCommand.allCases.randomElement(using: &random) {
        case .connect: .connect(.random(using: &random))
        case .connectResponse:
            .connectResponse(
                CourierConnectResponse(
                    status: random.integer(),
                    baseToken: random.maybe { $0.token() },
                    maximumMessageSize: random.maybe { $0.integer() },
                    maximumLargeMessageSize: random.maybe { $0.integer() },
                    serverTime: random.maybe { $0.integer() }
                )
            )
        case .filter: .filter(.random(using: &random))
        case .notification: .notification(.random(using: &random))
        case .acknowledgement:
            .acknowledgement(
                CourierAcknowledgement(
                    token: random.maybe { $0.token() },
                    messageIdentifier: random.integer(),
                    status: random.maybe { $0.integer() }
                )
            )
        case .keepAlive: .keepAlive(.random(using: &random))
        case .keepAliveResponse: .keepAliveResponse(status: random.maybe { $0.integer() })
        case .noStorage: .noStorage(token: random.token())
        case .flush:
            .flush(wanted: random.maybe { $0.integer() }, padding: random.maybe { ByteBuffer(bytes: $0.bytes(64)) })
        case .flushResponse: .flushResponse(padding: random.maybe { ByteBuffer(bytes: $0.bytes(128)) })
        case .appTokenRequest:
            .appTokenRequest(
                CourierAppTokenRequest(
                    baseToken: random.maybe { $0.token() },
                    topic: random.topic(),
                    appIdentifier: random.maybe { $0.integer() }
                )
            )
        case .appTokenResponse:
            .appTokenResponse(
                CourierAppTokenResponse(
                    status: random.integer(),
                    token: random.token(),
                    topic: random.topic(),
                    appIdentifier: random.maybe { $0.integer() }
                )
            )
        case .setActiveInterval: .setActiveInterval(random.integer())
        case .setState: .setState(state: random.integer(), interval: random.maybe { $0.integer() })
        case .pubSub:
            .pubSub(
                CourierPubSub(
                    index: random.integer(),
                    body: random.maybe { ByteBuffer(bytes: $0.bytes(20)) },
                    token: random.maybe { $0.token() },
                    status: random.maybe { $0.integer() }
                )
            )
        case nil: .keepAlive(CourierKeepAlive())
        }
    }
}

extension CourierConnect {
    static func random(using random: inout SeededGenerator) -> CourierConnect {
        var connect = CourierConnect(
            baseToken: random.maybe { $0.token() },
            state: random.maybe { $0.integer() },
            presence: random.maybe { $0.integer() }
        )
        connect.interface = random.maybe { $0.integer() }
        connect.carrier = random.maybe { $0.text() }
        connect.systemVersion = random.maybe { $0.text() }
        connect.systemBuild = random.maybe { $0.text() }
        connect.hardware = random.maybe { $0.text() }
        connect.certificate = random.maybe { $0.bytes(600) }
        connect.nonce = random.maybe { $0.bytes(17) }
        connect.signature = random.maybe { $0.bytes(130) }
        connect.protocolVersion = random.maybe { $0.integer() }
        connect.redirectCount = random.maybe { $0.integer() }
        return connect
    }
}

extension CourierFilter {
    static func random(using random: inout SeededGenerator) -> CourierFilter {
        var filter = CourierFilter(baseToken: random.maybe { $0.token() })
        let lists: [WritableKeyPath<CourierFilter, [TopicHash]>] = [
            \.enabled, \.ignored, \.opportunistic, \.paused, \.nonWaking, \.removed,
        ]
        for list in lists {
            filter[keyPath: list] = (0..<Int.random(in: 0...3, using: &random)).map { _ in random.topic() }
        }
        return filter
    }
}

extension CourierNotification {
    static func random(using random: inout SeededGenerator) -> CourierNotification {
        CourierNotification(
            token: random.maybe { $0.token() },
            topic: random.maybe { $0.topic() },
            payload: ByteBuffer(bytes: random.bytes(Int.random(in: 0...300, using: &random))),
            messageIdentifier: random.integer(),
            expiry: random.maybe { $0.integer() },
            timestamp: random.maybe { $0.integer() },
            storageFlags: random.maybe { $0.integer() },
            priority: random.maybe { $0.integer() },
            baseToken: random.maybe { $0.token() }
        )
    }
}

extension CourierKeepAlive {
    static func random(using random: inout SeededGenerator) -> CourierKeepAlive {
        CourierKeepAlive(
            carrier: random.maybe { $0.text() },
            systemVersion: random.maybe { $0.text() },
            systemBuild: random.maybe { $0.text() },
            hardware: random.maybe { $0.text() },
            intervalMinutes: random.maybe { Int.random(in: 1...60, using: &$0) }
        )
    }
}

extension SeededGenerator {
    mutating func maybe<Value>(_ make: (inout SeededGenerator) -> Value) -> Value? {
        Bool.random(using: &self) ? make(&self) : nil
    }

    mutating func integer<Value: FixedWidthInteger & UnsignedInteger>() -> Value {
        Value(truncatingIfNeeded: self.next())
    }

    mutating func text() -> String { ["", "WiFi", "31038", "10.9 (13A603)", "Größe \u{1F4F1}"][Int(self.next() % 5)] }

    mutating func token() -> DeviceToken {
        guard let token = DeviceToken(self.bytes(32)) else { preconditionFailure("32 bytes are a token") }
        return token
    }

    mutating func topic() -> TopicHash {
        guard let topic = TopicHash(self.bytes(20)) else { preconditionFailure("20 bytes are a topic") }
        return topic
    }
}
