import ArgumentParser
import Gatehouse

/// How much clients may take.
struct LimitOptions: ParsableArguments {
    @Option(
        name: .customLong("connection-limit"),
        help: .setting(
            .connectionLimit,
            "Connections that may be open at each port. (default: 16384)",
            valueName: "number"
        )
    )
    var connections: String?

    @Option(
        name: .customLong("handshake-limit"),
        help: .setting(
            .handshakeLimit,
            "TLS handshakes that may be under way at each port; one more displaces the oldest. (default: 4096)",
            valueName: "number"
        )
    )
    var handshakes: String?

    @Option(
        name: .customLong("handshake-timeout"),
        help: .setting(
            .handshakeTimeout,
            "How long a TLS handshake may take, in real time. (default: 10s)",
            valueName: "duration"
        )
    )
    var handshakeTimeout: String?

    @Option(
        name: .customLong("unfinished-timeout"),
        help: .setting(
            .unfinishedTimeout,
            "How long a frame, a message or the reading of an answer may take, in real time, or never. (default: 1m)",
            valueName: "duration"
        )
    )
    var unfinished: String?

    @Option(
        name: .customLong("gateway-idle"),
        help: .setting(
            .gatewayIdle,
            "Silence after which a provider's connection is closed, such as 1h, or never. (default: never)",
            valueName: "duration"
        )
    )
    var gatewayIdle: String?

    @Option(
        name: .customLong("control-connection-limit"),
        help: .setting(
            .controlConnectionLimit,
            "Connections that may be open at the control API. (default: 256)",
            valueName: "number"
        )
    )
    var controlConnections: String?

    @Option(
        name: .customLong("control-body-limit"),
        help: .setting(.controlBodyLimit, "Bytes of a body at the control API. (default: 1048576)", valueName: "bytes")
    )
    var controlBody: String?

    @Option(
        name: .customLong("control-header-limit"),
        help: .setting(
            .controlHeaderLimit,
            "Bytes of a request's headers at the control API. (default: 32768)",
            valueName: "bytes"
        )
    )
    var controlHeaders: String?

    @Option(
        name: .customLong("control-timeout"),
        help: .setting(
            .controlTimeout,
            "How long a request may take to arrive, or an answer to be read, in real time. (default: 1m)",
            valueName: "duration"
        )
    )
    var controlTimeout: String?

    var flags: [ServeOption: String] {
        var flags: [ServeOption: String] = [:]
        flags[.connectionLimit] = self.connections
        flags[.handshakeLimit] = self.handshakes
        flags[.handshakeTimeout] = self.handshakeTimeout
        flags[.unfinishedTimeout] = self.unfinished
        flags[.gatewayIdle] = self.gatewayIdle
        flags[.controlConnectionLimit] = self.controlConnections
        flags[.controlBodyLimit] = self.controlBody
        flags[.controlHeaderLimit] = self.controlHeaders
        flags[.controlTimeout] = self.controlTimeout
        return flags
    }
}
