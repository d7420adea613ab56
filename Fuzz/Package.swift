// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that only what is fuzzed is built, and for release.
let package = Package(
    name: "fuzz",
    dependencies: [.package(name: "ringfence", path: "..")],
    targets: [
        .executableTarget(
            name: "fuzz", dependencies: [.product(name: "Cedar", package: "ringfence")],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("InternalImportsByDefault"),
            ])
    ],
    swiftLanguageModes: [.v6])
