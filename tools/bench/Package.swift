// swift-tools-version: 6.2

import Foundation
import PackageDescription

/// Gatehouse's modules are `package`, and the benchmarks measure them from inside: they are compiled as if they were
/// part of that package, whose name to the compiler is that of its folder. `packageAccess: false` keeps the package
/// manager from giving them another.
let gatehouseFolder = URL(fileURLWithPath: Context.packageDirectory).deletingLastPathComponent()
    .deletingLastPathComponent()
let insideGatehouse: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .unsafeFlags(["-package-name", gatehouseFolder.lastPathComponent.lowercased()]),
]

let package = Package(
    name: "gatehouse-bench",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "gatehouse", path: "../.."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    ],
    targets: [
        .executableTarget(
            name: "BenchSink",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        .executableTarget(
            name: "BenchCore",
            dependencies: [
                .product(name: "Gatehouse", package: "gatehouse"),
                .product(name: "gatehouse", package: "gatehouse"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            packageAccess: false,
            swiftSettings: insideGatehouse
        ),
    ]
)
