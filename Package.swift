// swift-tools-version: 6.2

import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

/// A module of Gatehouse. Dependencies point one way: a module may name only what stands above it in `targets`.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: swiftSettings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

let package = Package(
    name: "gatehouse",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Gatehouse", targets: ["Gatehouse"]),
        .library(name: "GatehouseTesting", targets: ["GatehouseTesting"]),
        .executable(name: "gatehouse", targets: ["GatehouseCommand"]),
    ],
    dependencies: [
        // Event loops and buffers: the field's standard.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        // TLS 1.0 to 1.3, and the one BoringSSL of the build.
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        // A heap for expiry, a deque for the ledger.
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        // The HTTP control API.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        // The command line.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        // Signals as a sequence, for an orderly stop.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // Logs for people and for machines.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        // The configuration file: YAML that knows the line and column of a mistake.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    ],
    targets: [
        .target(
            name: "PushVocabulary",
            // The compiler may place the fields of `timespec` in a shim that cannot be imported: no MemberImportVisibility.
            swiftSettings: [
                .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("InternalImportsByDefault"),
            ]
        ),
        module("APNSWire", ["PushVocabulary", nioCore]),
        module("PushBroker", ["PushVocabulary", .product(name: "HeapModule", package: "swift-collections")]),
        module(
            "PushLedger",
            ["PushVocabulary", "PushBroker", .product(name: "DequeModule", package: "swift-collections")]
        ),
        // The system's SQLite: a dozen calls, and the hot path is one bind and one step a row. GRDB would add 70
        // seconds of compiling to everybody's first release build, and a layer of values between a row and its bytes.
        .systemLibrary(
            name: "CSQLite",
            pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]
        ),
        module("PushStore", ["PushVocabulary", "PushBroker", "PushLedger", "CSQLite"]),
        .systemLibrary(
            name: "COpenSSL",
            pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]
        ),
        module("PushIdentity", ["PushVocabulary", "COpenSSL"], resources: [.embedInCode("Resources/profiles.json")]),
        module(
            "PushTransport",
            [
                "PushVocabulary", "PushIdentity", nioCore, nioPosix, nioSSL,
                .product(name: "HeapModule", package: "swift-collections"),
            ]
        ),
        module(
            "PushServer",
            [
                "PushVocabulary", "APNSWire", "PushBroker", "PushLedger", "PushStore", "PushIdentity", "PushTransport",
                nioCore, nioPosix, nioTLS, nioSSL, logging,
                .product(name: "DequeModule", package: "swift-collections"),
            ]
        ),
        module(
            "MockDevice",
            ["PushVocabulary", "APNSWire", "PushIdentity", "PushTransport", nioCore, nioPosix, nioTLS, nioSSL],
            resources: [.embedInCode("Resources/networks.json")]
        ),
        module(
            "MockProvider",
            ["PushVocabulary", "APNSWire", "PushIdentity", "PushTransport", nioCore, nioPosix, nioTLS, nioSSL]
        ),
        // The dashboard's files, as bytes: a C target, because `#embed` compiles in no time.
        .target(name: "CDashboard", exclude: ["Files"]),
        module(
            "ControlAPI",
            [
                "CDashboard", "PushVocabulary", "PushBroker", "PushLedger", "PushStore", "PushIdentity",
                "PushTransport",
                "PushServer", "MockDevice",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOHTTP1", package: "swift-nio"), nioCore, nioPosix, logging,
            ]
        ),
        module(
            "Gatehouse",
            [
                "PushVocabulary", "APNSWire", "PushBroker", "PushLedger", "PushStore", "PushIdentity", "PushTransport",
                "PushServer", "MockDevice", "MockProvider", "ControlAPI", nioCore, nioPosix, logging,
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        module("GatehouseTesting", ["Gatehouse"]),
        // One setting of the C library's allocator, which Swift's own module of it leaves out.
        .systemLibrary(name: "CAllocator"),
        .executableTarget(
            name: "GatehouseCommand",
            dependencies: [
                "CAllocator", "Gatehouse",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: swiftSettings
        ),

        // What tests share: numbers of behaviours; a whole service on free ports with throw-away identities.
        .target(
            name: "PushTestSupport",
            path: "Tests/PushTestSupport",
            exclude: ["behaviours.txt"],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "ServiceTestSupport",
            dependencies: [
                "PushVocabulary", "APNSWire", "PushBroker", "PushLedger", "PushIdentity", "PushTransport",
                "PushServer", "MockDevice", "MockProvider", "PushTestSupport", nioCore, nioPosix, nioEmbedded,
            ],
            path: "Tests/ServiceTestSupport",
            swiftSettings: swiftSettings
        ),
        // Random lives of the whole service, and who judges them.
        .target(
            name: "Simulation",
            dependencies: [
                "PushServer", "MockDevice", "APNSWire", "PushBroker", "PushLedger", "PushIdentity", "PushTransport",
                "PushVocabulary", "ServiceTestSupport", nioCore, nioEmbedded,
            ],
            path: "Tests/Simulation",
            swiftSettings: swiftSettings
        ),
        // Every decoder that meets foreign bytes, as something to throw bytes at.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "PushVocabulary", "APNSWire", "PushBroker", "PushIdentity", "PushServer", "ControlAPI", "Gatehouse",
                nioCore,
            ],
            path: "Tests/FuzzTargets",
            exclude: ["Corpus"],
            swiftSettings: swiftSettings
        ),
        tests("FuzzTests", ["FuzzTargets", "PushTestSupport", "PushVocabulary"]),
        tests("PushVocabularyTests", ["PushVocabulary"]),
        tests("APNSWireTests", ["APNSWire", "PushVocabulary", "PushTestSupport", nioCore]),
        tests("PushBrokerTests", ["PushBroker", "PushVocabulary", "PushTestSupport"]),
        tests("PushLedgerTests", ["PushLedger", "PushBroker", "PushVocabulary", "PushTestSupport"]),
        tests(
            "PushStoreTests",
            ["PushStore", "PushBroker", "PushLedger", "PushVocabulary", "PushTestSupport"]
        ),
        tests("PushIdentityTests", ["PushIdentity", "PushVocabulary"]),
        tests(
            "PushServerTests",
            [
                "PushServer", "APNSWire", "PushBroker", "PushLedger", "PushIdentity", "PushTransport",
                "PushVocabulary", "MockDevice", "MockProvider", "PushTestSupport", "ServiceTestSupport", nioCore,
                nioPosix, nioTLS, nioSSL,
            ]
        ),
        tests("SimulationTests", ["Simulation"]),
        tests(
            "MockDeviceTests",
            [
                "MockDevice", "MockProvider", "APNSWire", "PushBroker", "PushLedger", "PushIdentity", "PushTransport",
                "PushServer", "PushVocabulary", "PushTestSupport", "ServiceTestSupport", nioCore, nioPosix, nioEmbedded,
            ]
        ),
        tests(
            "MockProviderTests",
            [
                "MockProvider", "MockDevice", "APNSWire", "PushIdentity", "PushLedger", "PushServer", "PushTransport",
                "PushVocabulary", "PushTestSupport", "ServiceTestSupport", nioCore, nioPosix, nioTLS, nioSSL,
            ]
        ),
        tests(
            "ControlAPITests",
            [
                "ControlAPI", "APNSWire", "PushBroker", "PushLedger", "PushIdentity", "PushTransport", "PushServer",
                "MockDevice", "MockProvider", "PushVocabulary", "PushTestSupport", "ServiceTestSupport", nioCore,
                nioPosix, logging,
            ]
        ),
        tests(
            "GatehouseTests",
            [
                "Gatehouse", "ControlAPI", "MockDevice", "PushServer", "PushVocabulary", "PushTestSupport", nioCore,
                nioPosix,
            ]
        ),
        // As a user has it: nothing but what is public.
        tests("GatehouseTestingTests", ["Gatehouse", "GatehouseTesting"]),
    ]
)

// Needs libFuzzer, which `tools/fuzz` builds everything with.
if Context.environment["GATEHOUSE_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Fuzz",
            dependencies: ["FuzzTargets"],
            path: "Tests/Fuzz",
            swiftSettings: swiftSettings + [.unsafeFlags(["-parse-as-library"])]
        )
    )
}

// A week of thousands of phones, which `tools/fleet-week` runs in a release build.
if Context.environment["GATEHOUSE_FLEET_WEEK"] != nil {
    package.targets.append(
        .executableTarget(
            name: "FleetWeek",
            dependencies: ["ServiceTestSupport", "PushLedger", nioEmbedded],
            path: "Tests/FleetWeek",
            swiftSettings: swiftSettings
        )
    )
}

// As many lives as one likes, which `tools/simulate` has in a release build.
if Context.environment["GATEHOUSE_SIMULATE"] != nil {
    package.targets.append(
        .executableTarget(
            name: "Simulate",
            dependencies: ["Simulation"],
            path: "Tests/Simulate",
            swiftSettings: swiftSettings
        )
    )
}
