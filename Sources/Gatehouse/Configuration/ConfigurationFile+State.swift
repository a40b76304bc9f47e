import ControlAPI
import PushServer
import PushVocabulary
import Yams

/// What a document exported from a service has beside a configuration.
extension YAMLReader {
    /// - Throws: `GatehouseError` for a document of a newer version.
    func checkVersion(_ node: Node) throws(GatehouseError) {
        let text = try self.text(node, "`version`")
        guard let version = Int(text), 1...StateExport.version ~= version else {
            throw self.error(at: node, "`version` is \(text), and must be 1 to \(StateExport.version)")
        }
    }

    /// - Throws: `GatehouseError` with line and column of the first mistake.
    func accumulated(_ node: Node) throws(GatehouseError) -> JSONValue {
        let value = try self.json(node, isText: false)
        do throws(ControlError) {
            _ = try AccumulatedState(value, at: "")
        } catch {
            throw self.error(about: error, in: node, called: "`accumulated`")
        }
        return value
    }

    /// - Throws: `GatehouseError` for what is no token.
    func hexadecimal(_ node: Node, _ name: String) throws(GatehouseError) -> String {
        let text = try self.text(node, name)
        guard DeviceToken(hexadecimal: text) != nil else {
            throw self.error(at: node, "\(name) must be 2 to 200 hexadecimal digits")
        }
        return text
    }
}
