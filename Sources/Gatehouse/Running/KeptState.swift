import ControlAPI
import MockDevice
import PushServer
import PushStore
import PushVocabulary

/// What an earlier process left in the state file, as far as starting depends on it.
struct KeptState {
    let opened: OpenedState
    /// Its mock devices.
    let devices: [DeviceSpecification]
    let fleets: [FleetSpecification]

    /// Opens the configuration's state file; `nil`: it names none.
    ///
    /// - Throws: `GatehouseError`; the file is then as it was.
    init?(_ configuration: GatehouseConfiguration) throws(GatehouseError) {
        guard let path = configuration.stateFile else { return nil }
        do throws(StateFileError) {
            self.opened = try OpenedState(path: path)
        } catch {
            throw GatehouseError(.unavailable, "\(error).")
        }
        do throws(ControlError) {
            self.devices = try DeviceSpecification.kept(in: self.opened.documents)
            self.fleets = try FleetSpecification.kept(in: self.opened.documents)
        } catch {
            throw GatehouseError(.unavailable, "\(self.opened.writer.refuse(error.description)).")
        }
    }

    /// Where the clock goes on. Whether it runs is the configuration's to say; where that says nothing, it is as it was.
    func clock(for configuration: GatehouseConfiguration) -> ProductClock {
        let isChosen = configuration.clock == .manual || configuration.origins[.clock] != nil
        return self.opened.clock(isChosen ? (configuration.clock == .manual ? .manual : .real) : nil)
    }

    /// The identities asked for, and where none are, those for the apps of the devices that come back as well.
    func identities(for configuration: GatehouseConfiguration) -> [GatehouseConfiguration.Identity] {
        if let identities = configuration.identities { return identities }
        var identities = configuration.effectiveIdentities
        for environment in configuration.servedEnvironments {
            for app in self.devices.flatMap(\.apps) + self.fleets.flatMap(\.apps) {
                let identity = GatehouseConfiguration.Identity(topic: app.topic.name, environment: environment)
                if !identities.contains(identity) { identities.append(identity) }
            }
        }
        return identities
    }
}
