// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// A package of its own, so that the product is not built with what only measures it.
let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "ringfence", path: ".."),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
    ],
    targets: [
        .executableTarget(
            name: "ledger-bench",
            dependencies: [
                .product(name: "TransparencyLog", package: "ringfence"),
                .product(name: "PostgresLog", package: "ringfence"),
                .product(name: "Ringfence", package: "ringfence"), .product(name: "Evidence", package: "ringfence"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "policy-bench",
            dependencies: [
                .product(name: "Ringfence", package: "ringfence"), .product(name: "Enclosure", package: "ringfence"),
            ],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6])
