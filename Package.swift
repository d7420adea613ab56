// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func nio(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio") }
func nioExtras(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio-extras") }
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

let package = Package(
    name: "ringfence",
    products: [
        .executable(name: "ringfence", targets: ["RingfenceCommand"]),
        .library(name: "Cedar", targets: ["Cedar"]),
        .library(name: "CedarSQL", targets: ["CedarSQL"]),
        .library(name: "TransparencyLog", targets: ["TransparencyLog"]),
        .library(name: "PostgresLog", targets: ["PostgresLog"]),
        .library(name: "Ringfence", targets: ["Ringfence"]),
        .library(name: "Enclosure", targets: ["Enclosure"]),
        .library(name: "Evidence", targets: ["Evidence"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CLibPGQuery", providers: [.apt(["libpg-query-dev"])]),

        .target(name: "Cedar", swiftSettings: settings),
        .target(name: "CedarSQL", dependencies: ["Cedar"], swiftSettings: settings),
        .target(name: "TransparencyLog", dependencies: [crypto], swiftSettings: settings),
        .target(name: "PostgresWire", dependencies: [nio("NIOCore"), crypto, asn1, x509], swiftSettings: settings),

        .target(name: "PostgresClient", dependencies: ["CLibPQ"], swiftSettings: settings),

        .target(
            name: "PostgresLog", dependencies: ["TransparencyLog", "PostgresClient"], swiftSettings: settings),

        .target(
            name: "Ringfence",
            dependencies: ["Cedar", "CedarSQL", "TransparencyLog", "PostgresWire", crypto, "Yams"],
            swiftSettings: settings),

        .target(
            name: "Enclosure", dependencies: ["Ringfence", "PostgresWire", "PostgresClient", crypto],
            swiftSettings: settings),
        .target(
            name: "Gateway",
            dependencies: [
                "Ringfence", "PostgresWire", "TransparencyLog", "CLibPGQuery", crypto, x509, asn1,
                nio("NIOCore"), nio("NIOPosix"), nio("NIOTLS"), nioSSL, deque, logging,
            ],
            swiftSettings: settings),
        .target(
            name: "Web",
            dependencies: [
                nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nioSSL, nioExtras("NIOExtras"),
                nioExtras("NIOHTTPCompression"), httpClient,
            ],
            swiftSettings: settings),
        .target(
            name: "Witnessing",
            dependencies: ["TransparencyLog", "Web", nio("NIOCore"), nio("NIOHTTP1"), logging],
            swiftSettings: settings),
        .target(
            name: "Distribution", dependencies: ["TransparencyLog", "Web", crypto, nio("NIOHTTP1"), logging],
            swiftSettings: settings),
        .target(
            name: "Evidence", dependencies: ["Ringfence", "TransparencyLog", crypto], swiftSettings: settings),

        .executableTarget(
            name: "RingfenceCommand",
            dependencies: [
                "Ringfence", "Cedar", "CedarSQL", "TransparencyLog", "PostgresLog", "PostgresWire", "Enclosure",
                "Gateway", "Web", "Witnessing", "Distribution", "Evidence",
                crypto,
                logging,
                nio("NIOCore"), nio("NIOPosix"), nioSSL,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),

        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(name: "TestSupportTests", dependencies: ["TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "CedarTests", dependencies: ["Cedar", "TestSupport"], exclude: ["Fixtures"], swiftSettings: settings),
        .testTarget(
            name: "CedarSQLTests", dependencies: ["CedarSQL", "Cedar", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "PostgresWireTests", dependencies: ["PostgresWire", "TestSupport", nio("NIOCore")],
            swiftSettings: settings),
        .testTarget(
            name: "TransparencyLogTests", dependencies: ["TransparencyLog", "TestSupport"], exclude: ["Fixtures"],
            swiftSettings: settings),
        .testTarget(
            name: "PostgresLogTests",
            dependencies: ["PostgresLog", "TransparencyLog", "PostgresClient", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "RingfenceTests", dependencies: ["Ringfence", "Cedar", "TransparencyLog", "TestSupport"],
            exclude: ["Fixtures"], swiftSettings: settings),
        .testTarget(
            name: "EnclosureTests", dependencies: ["Enclosure", "Ringfence", "Cedar", "TestSupport", crypto],
            swiftSettings: settings),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Gateway", "Ringfence", "TransparencyLog", "PostgresWire", "TestSupport", nio("NIOCore"),
                nio("NIOPosix"), nio("NIOEmbedded"), nioSSL, logging,
            ],
            exclude: ["Fixtures"], swiftSettings: settings),
        .testTarget(
            name: "EvidenceTests", dependencies: ["Evidence", "Ringfence", "TransparencyLog", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "WitnessingTests",
            dependencies: ["Witnessing", "Web", "TransparencyLog", "TestSupport", logging, nio("NIOCore")],
            swiftSettings: settings),
        .testTarget(
            name: "DistributionTests",
            dependencies: [
                "Distribution", "Web", "TransparencyLog", "TestSupport", nio("NIOCore"), nio("NIOHTTP1"), logging,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "WebTests", dependencies: ["Web", "TestSupport", nio("NIOCore"), nio("NIOHTTP1")],
            swiftSettings: settings),
        .testTarget(
            name: "IntegrationTests",
            dependencies: ["TestSupport", "Ringfence", "RingfenceCommand", "TransparencyLog"],
            exclude: ["Fixtures"], swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
