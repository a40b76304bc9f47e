import ArgumentParser
import Gatehouse

/// The choices of a service profile, each to be made alone. What is not named is as the profile has it.
struct ProfileOptions: ParsableArguments {
    @Option(help: Self.help(.commands))
    var commands: String?

    @Option(name: .customLong("unknown-command"), help: Self.help(.unknownCommand))
    var unknownCommand: String?

    @Option(name: .customLong("token-sizes"), help: Self.help(.tokenSizes))
    var tokenSizes: String?

    @Option(name: .customLong("payload-limit"), help: Self.help(.payloadLimit))
    var payloadLimit: String?

    @Option(name: .customLong("voip-payload-limit"), help: Self.help(.voipPayloadLimit))
    var voipPayloadLimit: String?

    @Option(name: .customLong("reply-delay"), help: Self.help(.replyDelay))
    var replyDelay: String?

    @Option(name: .customLong("payload-defect"), help: Self.help(.payloadDefect))
    var payloadDefect: String?

    @Option(name: .customLong("other-priority"), help: Self.help(.otherPriority))
    var otherPriority: String?

    @Option(name: .customLong("duplicate-item"), help: Self.help(.duplicateItem))
    var duplicateItem: String?

    @Option(name: .customLong("dead-token-pushes"), help: Self.help(.deadTokenPushes))
    var deadTokenPushes: String?

    @Option(name: .customLong("mark-tolerance"), help: Self.help(.markTolerance))
    var markTolerance: String?

    @Option(name: .customLong("expiry-signed"), help: Self.help(.expirySigned))
    var expirySigned: String?

    @Option(name: .customLong("store-without-expiry"), help: Self.help(.storeWithoutExpiry))
    var storeWithoutExpiry: String?

    @Option(name: .customLong("try-expired"), help: Self.help(.tryExpired))
    var tryExpired: String?

    @Option(name: .customLong("low-priority-delay"), help: Self.help(.lowPriorityDelay))
    var lowPriorityDelay: String?

    @Option(name: .customLong("storage-limit"), help: Self.help(.storageLimit))
    var storageLimit: String?

    @Option(name: .customLong("feedback-clearing"), help: Self.help(.feedbackClearing))
    var feedbackClearing: String?

    @Option(name: .customLong("sandbox-feedback"), help: Self.help(.sandboxFeedback))
    var sandboxFeedback: String?

    @Option(name: .customLong("alert-wrong-environment"), help: Self.help(.alertWrongEnvironment))
    var alertWrongEnvironment: String?

    @Option(name: .customLong("alert-expired"), help: Self.help(.alertExpired))
    var alertExpired: String?

    @Option(name: .customLong("alert-revoked"), help: Self.help(.alertRevoked))
    var alertRevoked: String?

    @Option(name: .customLong("alert-no-certificate"), help: Self.help(.alertNoCertificate))
    var alertNoCertificate: String?

    var flags: [ServeOption: String] {
        var flags: [ServeOption: String] = [:]
        flags[.commands] = self.commands
        flags[.unknownCommand] = self.unknownCommand
        flags[.tokenSizes] = self.tokenSizes
        flags[.payloadLimit] = self.payloadLimit
        flags[.voipPayloadLimit] = self.voipPayloadLimit
        flags[.replyDelay] = self.replyDelay
        flags[.payloadDefect] = self.payloadDefect
        flags[.otherPriority] = self.otherPriority
        flags[.duplicateItem] = self.duplicateItem
        flags[.deadTokenPushes] = self.deadTokenPushes
        flags[.markTolerance] = self.markTolerance
        flags[.expirySigned] = self.expirySigned
        flags[.storeWithoutExpiry] = self.storeWithoutExpiry
        flags[.tryExpired] = self.tryExpired
        flags[.lowPriorityDelay] = self.lowPriorityDelay
        flags[.storageLimit] = self.storageLimit
        flags[.feedbackClearing] = self.feedbackClearing
        flags[.sandboxFeedback] = self.sandboxFeedback
        flags[.alertWrongEnvironment] = self.alertWrongEnvironment
        flags[.alertExpired] = self.alertExpired
        flags[.alertRevoked] = self.alertRevoked
        flags[.alertNoCertificate] = self.alertNoCertificate
        return flags
    }

    private static func help(_ option: ServeOption) -> ArgumentHelp {
        .setting(option, ProfileCatalogue.help(option.rawValue), valueName: "value")
    }
}
