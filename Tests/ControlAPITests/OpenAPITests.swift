import PushVocabulary
import Testing

@testable import ControlAPI

/// The OpenAPI document and the route table say the same.
struct OpenAPITests {
    private struct Operation: Hashable {
        var name: String
        var query: Set<String>
        var path: Set<String>
        var body: String
    }

    private static func document() throws -> JSONValue {
        try JSONReader.value(of: try #require(DashboardFile.at("/openapi.json")).bytes, refusesRepeatedNames: true)
    }

    private static func operations() throws -> Set<Operation> {
        let document = try Self.document()
        guard case .object(let paths)? = document["paths"] else { return [] }
        var operations: Set<Operation> = []
        for path in paths {
            guard case .object(let members) = path.value else { continue }
            for member in members {
                guard let method = Route.Method(rawValue: member.name.uppercased()) else { continue }
                let parameters = [path.value["parameters"], member.value["parameters"]].flatMap { $0?.array ?? [] }
                    .map { Self.resolved($0, in: document) }
                func names(_ place: String) -> Set<String> {
                    Set(parameters.filter { $0["in"]?.string == place }.compactMap { $0["name"]?.string })
                }
                let body = member.value["requestBody"]
                operations.insert(
                    Operation(
                        name: "\(method.rawValue) \(path.name)",
                        query: names("query"),
                        path: names("path"),
                        body: body == nil ? "none" : body?["required"] == .bool(true) ? "required" : "optional"
                    )
                )
            }
        }
        return operations
    }

    private static func resolved(_ value: JSONValue, in document: JSONValue) -> JSONValue {
        guard let reference = value["$ref"]?.string else { return value }
        return reference.split(separator: "/").dropFirst().reduce(document) { $0[String($1)] ?? .null }
    }

    @Test func `feature 25: every route of the table is in the document, and the reverse`() throws {
        let table = Set(
            Route.table.map { route in
                Operation(
                    name: "\(route.method.rawValue) \(route.path)",
                    query: Set(route.query),
                    path: Set(
                        route.path.split(separator: "/").filter { $0.hasPrefix("{") }
                            .map { String($0.dropFirst().dropLast()) }
                    ),
                    body: "\(route.body)"
                )
            }
        )
        let described = try Self.operations()
        #expect(table.subtracting(described) == [], "in the table alone")
        #expect(described.subtracting(table) == [], "in the document alone")
    }

    @Test func `feature 25: every code of a problem is in the document`() throws {
        let codes = try Self.document().at("components", "schemas", "ProblemCode", "enum")?.array?.compactMap(\.string)
        #expect(Set(codes ?? []) == Set(ControlError.Code.allCases.map(\.rawValue)))
    }

    @Test func `feature 25: only routes that are open are described as open`() throws {
        let document = try Self.document()
        for route in Route.table {
            let security = document["paths"]?[route.path]?[route.method.rawValue.lowercased()]?["security"]
            #expect(security == (route.isOpen ? [] : nil), "\(route.method.rawValue) \(route.path)")
        }
    }

    @Test(arguments: ["/openapi.json", "/docs"])
    func `document and viewer are handed out, and need nothing from elsewhere`(path: String) throws {
        let file = try #require(DashboardFile.at(path))
        let text = String(decoding: file.bytes, as: UTF8.self)
        #expect(!text.contains("https://") && !text.contains("http://"))
    }
}
