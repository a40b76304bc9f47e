import PushTransport
import Testing

struct ServiceAddressTests {
    @Test(arguments: [
        ("127.0.0.1:2195", "127.0.0.1", 2_195), ("localhost:0", "localhost", 0), ("[::1]:65535", "::1", 65_535),
        ("[127.0.0.1]:5", "127.0.0.1", 5), ("2196", "127.0.0.1", 2_196), ("push.example.com:1", "push.example.com", 1),
    ])
    func `host and port, an address in brackets, or a port alone`(_ text: String, _ host: String, _ port: Int) {
        #expect(ServiceAddress(text) == ServiceAddress(host: host, port: port))
    }

    @Test func `a port alone is on the host that is usual`() {
        #expect(ServiceAddress("7", defaultHost: "0.0.0.0") == ServiceAddress(host: "0.0.0.0", port: 7))
    }

    @Test(arguments: [
        "", ":", ":80", "host", "host:", "host:x", "host:-1", "host:65536", "host: 80", "::1", "::1:80", "[::1]",
        "[::1]80",
        "[::1]:", "[::1]:x", "[]:80", "host:99999999999999999999",
    ])
    func `anything else is none`(_ text: String) {
        #expect(ServiceAddress(text) == nil)
    }

    @Test(arguments: ["[::1:80", "host:+80", "[::1]:-0"])
    func `an open bracket or a signed port is none`(_ text: String) {
        #expect(ServiceAddress(text) == nil)
    }

    @Test(arguments: ["127.0.0.1:2195", "localhost:0", "[::1]:5223", "[fe80::1%eth0]:1"])
    func `it reads back what it says`(_ text: String) {
        #expect(ServiceAddress(text)?.description == text)
    }
}
