package import PushVocabulary

/// Why a fleet cannot do what it is asked.
package enum DeviceFleetError: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownDevice(String)
    case nameTaken(String)
    /// No device can be called so; why not, in a sentence.
    case unusableName(String)
    case unknownFleet(String)
    case fleetTaken(String)
    case unknownApp(Topic, device: String)
    /// It did not come online and register within the time given.
    case timedOut(String)
    case courierUnavailable(Environment)

    package var description: String {
        switch self {
        case .unknownDevice(let name): "there is no mock device \(name)"
        case .nameTaken(let name): "there is a mock device \(name) already"
        case .unusableName(let reason): reason
        case .unknownFleet(let name): "there is no fleet \(name)"
        case .fleetTaken(let name): "there is a fleet \(name) already"
        case .unknownApp(let topic, let device): "\(topic) is not installed on \(device)"
        case .timedOut(let name): "\(name) did not come online and register in time"
        case .courierUnavailable(let environment): "there is no courier for the \(environment.rawValue) environment"
        }
    }
}
