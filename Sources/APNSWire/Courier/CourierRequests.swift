package import NIOCore
package import PushVocabulary

/// 0x0C: the device is alive. All items are optional; third-party clients send none.
package struct CourierKeepAlive: Hashable, Sendable {
    /// `WiFi`, or a mobile country and network code.
    package var carrier: String?
    package var systemVersion: String?
    package var systemBuild: String?
    package var hardware: String?
    /// The device's present interval in minutes: a decimal string in 2012 and 2013, two bytes elsewhere.
    package var interval: [UInt8]?

    package init(
        carrier: String? = nil,
        systemVersion: String? = nil,
        systemBuild: String? = nil,
        hardware: String? = nil,
        intervalMinutes: Int? = nil
    ) {
        self.carrier = carrier
        self.systemVersion = systemVersion
        self.systemBuild = systemBuild
        self.hardware = hardware
        self.interval = intervalMinutes.map { Array(String($0).utf8) }
    }

    init(_ items: CourierItems) {
        for item in items {
            switch item.id {
            case 1: self.carrier = item.text
            case 2: self.systemVersion = item.text
            case 3: self.systemBuild = item.text
            case 4: self.hardware = item.text
            case 5: self.interval = item.bytes
            default: break
            }
        }
    }

    package var intervalMinutes: Int? {
        guard let interval else { return nil }
        if interval.count == 2, interval.contains(where: { !(0x30...0x39 ~= $0) }) {
            return Int(interval[0]) << 8 | Int(interval[1])
        }
        return UInt16(String(decoding: interval, as: UTF8.self)).map(Int.init)
    }

    func write(into buffer: inout ByteBuffer) {
        CourierMessage.write(.keepAlive, into: &buffer) { writer in
            writer.item(1, self.carrier)
            writer.item(2, self.systemVersion)
            writer.item(3, self.systemBuild)
            writer.item(4, self.hardware)
            writer.item(5, self.interval)
        }
    }
}

/// 0x11: an app asks for its token.
package struct CourierAppTokenRequest: Hashable, Sendable {
    package var baseToken: DeviceToken?
    package var topic: TopicHash
    package var appIdentifier: UInt16?

    package init(baseToken: DeviceToken?, topic: TopicHash, appIdentifier: UInt16? = nil) {
        self.baseToken = baseToken
        self.topic = topic
        self.appIdentifier = appIdentifier
    }

    init(_ items: CourierItems) throws(CourierError) {
        let topic = try items.required(2, of: .appTokenRequest).hash(in: .appTokenRequest)
        self.init(baseToken: nil, topic: topic)
        for item in items {
            switch item.id {
            case 1: self.baseToken = try item.token(in: .appTokenRequest)
            case 3: self.appIdentifier = try item.integer(in: .appTokenRequest)
            default: break
            }
        }
    }

    func write(into buffer: inout ByteBuffer) {
        CourierMessage.write(.appTokenRequest, into: &buffer) { writer in
            writer.item(1, self.baseToken)
            writer.item(2, self.topic)
            writer.item(3, self.appIdentifier)
        }
    }
}

/// 0x12: the per-app token: what the app hands to its provider.
package struct CourierAppTokenResponse: Hashable, Sendable {
    package var status: UInt8
    package var token: DeviceToken
    package var topic: TopicHash
    package var appIdentifier: UInt16?

    package init(status: UInt8 = 0, token: DeviceToken, topic: TopicHash, appIdentifier: UInt16? = nil) {
        self.status = status
        self.token = token
        self.topic = topic
        self.appIdentifier = appIdentifier
    }

    init(_ items: CourierItems) throws(CourierError) {
        self.init(
            status: try items.required(1, of: .appTokenResponse).integer(in: .appTokenResponse),
            token: try items.required(2, of: .appTokenResponse).token(in: .appTokenResponse),
            topic: try items.required(3, of: .appTokenResponse).hash(in: .appTokenResponse)
        )
        self.appIdentifier = try items.integer(4, of: .appTokenResponse)
    }

    func write(into buffer: inout ByteBuffer) {
        CourierMessage.write(.appTokenResponse, into: &buffer) { writer in
            writer.item(1, self.status)
            writer.item(2, self.token)
            writer.item(3, self.topic)
            writer.item(4, self.appIdentifier)
        }
    }
}

/// 0x1D: channels for broadcasts, carried in a protocol buffer that Gatehouse passes over.
package struct CourierPubSub: Hashable, Sendable {
    package var index: UInt32
    package var body: ByteBuffer?
    package var token: DeviceToken?
    package var status: UInt8?

    package init(index: UInt32, body: ByteBuffer? = nil, token: DeviceToken? = nil, status: UInt8? = nil) {
        self.index = index
        self.body = body
        self.token = token
        self.status = status
    }

    init(_ items: CourierItems) throws(CourierError) {
        self.init(index: try items.required(1, of: .pubSub).integer(in: .pubSub))
        for item in items {
            switch item.id {
            case 2: self.body = item.value
            case 3: self.token = try item.token(in: .pubSub)
            case 4: self.status = try item.integer(in: .pubSub)
            default: break
            }
        }
    }

    func write(into buffer: inout ByteBuffer) {
        CourierMessage.write(.pubSub, into: &buffer) { writer in
            writer.item(1, self.index)
            writer.item(2, self.body?.readableBytesView)
            writer.item(3, self.token)
            writer.item(4, self.status)
        }
    }
}
