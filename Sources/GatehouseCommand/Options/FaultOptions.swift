import ArgumentParser
import Gatehouse

/// What a fault rule looks for: all that is named must agree.
struct FaultMatchOptions: ParsableArguments {
    @Option(help: "Only this service: gateway, feedback or courier.")
    var service: String?

    @Option(help: "Only this environment.")
    var environment: PushEnvironment?

    @Option(help: "Only this topic.")
    var topic: String?

    @Option(help: "Only this device token, in hexadecimal.")
    var token: String?

    @Option(help: "Only this identifier of a frame or error packet.")
    var identifier: UInt32?

    @Option(help: "Only this connection, such as c-42.")
    var connection: String?

    @Option(help: "Only this device, at stage courier.")
    var device: String?

    @Option(help: "Only this command byte.")
    var command: UInt8?

    @Option(help: "Only this priority of a frame; one without counts as 10.")
    var priority: UInt8?

    @Option(
        name: .customLong("payload-contains"),
        help: ArgumentHelp("Only payloads with this text in them.", valueName: "text")
    )
    var payloadContains: String?

    var isUsed: Bool {
        let texts = [self.service, self.topic, self.token, self.connection, self.device, self.payloadContains]
        return texts.contains { $0 != nil } || self.environment != nil || self.identifier != nil || self.command != nil
            || self.priority != nil
    }

    func write(to wishes: inout FaultWishes) {
        wishes.service = self.service
        wishes.environment = self.environment
        wishes.topic = self.topic
        wishes.token = self.token
        wishes.identifier = self.identifier
        wishes.connection = self.connection
        wishes.device = self.device
        wishes.command = self.command
        wishes.priority = self.priority
        wishes.payloadContains = self.payloadContains
    }
}

/// When a fault rule that matches fires.
struct FaultTriggerOptions: ParsableArguments {
    @Option(help: "So many times, then never again. (default: without end)")
    var times: Int?

    @Option(name: .customLong("skip-first"), help: ArgumentHelp("So many matches pass unharmed.", valueName: "count"))
    var skipFirst: Int?

    @Option(name: .customLong("every-nth"), help: ArgumentHelp("Only every so manieth match.", valueName: "n"))
    var everyNth: Int?

    @Option(help: ArgumentHelp("By chance, 0 to 1; --seed of the server repeats it.", valueName: "p"))
    var probability: String?

    @Option(help: ArgumentHelp("Only between these times from now, such as 5s..10s.", valueName: "a..b"))
    var between: String?

    @Option(help: ArgumentHelp("After which the rule removes itself.", valueName: "duration"))
    var ttl: DurationText?

    var isUsed: Bool {
        self.times != nil || self.skipFirst != nil || self.everyNth != nil || self.probability != nil
            || self.between != nil || self.ttl != nil
    }

    func write(to wishes: inout FaultWishes) {
        wishes.times = self.times
        wishes.skipFirst = self.skipFirst
        wishes.everyNth = self.everyNth
        wishes.probability = self.probability
        wishes.between = self.between
        wishes.timeToLive = self.ttl?.duration
    }
}
