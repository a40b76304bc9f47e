import Testing

@testable import ControlAPI

struct RouteTests {
    @Test func `no path has a method twice`() {
        let names = Route.table.map { "\($0.method.rawValue) \($0.path)" }
        #expect(Set(names).count == names.count)
    }

    @Test(
        arguments: [
            ("/v1/notifications/latest", "/v1/notifications/latest", [:]),
            ("/v1/notifications/n-1", "/v1/notifications/{id}", ["id": "n-1"]),
            ("/v1/devices/a%2Fb/apps/x", nil, [:]), ("/v1/devices/a%20b", "/v1/devices/{name}", ["name": "a b"]),
        ] as [(String, String?, [String: String])]
    )
    func `a fixed segment goes before a parameter, and parameters are decoded`(
        path: String,
        template: String?,
        parameters: [String: String]
    ) throws {
        guard let template else {
            #expect(Route.match(path)?.parameters == ["name": "a/b", "topic": "x"])
            return
        }
        let match = try #require(Route.match(path))
        #expect(match.routes.allSatisfy { $0.path == template })
        #expect(match.parameters == parameters)
    }

    @Test(arguments: ["/v1", "/v1/notifications/", "/v1/devices//apps/x", "/V1/info", "v1/info"])
    func `other paths lead nowhere`(path: String) {
        #expect(Route.match(path) == nil)
    }
}
