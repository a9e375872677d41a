// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "tocsin",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .target(name: "TocsinCore"),
        .target(
            name: "TocsinRedis",
            dependencies: [
                "CHiredis", "TocsinCore", .nioCore, .nioPosix, .nioSSL, .logging, .serviceLifecycle, .deque,
            ]),
        .target(name: "TocsinAlerts", dependencies: ["TocsinCore"]),
        .target(name: "TocsinSealing", dependencies: ["TocsinCore", .crypto]),
        .target(name: "TocsinTelemetry", dependencies: ["TocsinCore", .metrics]),
        .target(name: "TocsinRouting", dependencies: ["TocsinCore", "TocsinAlerts"]),
        .target(name: "TocsinTemplates", dependencies: ["TocsinCore", "TocsinAlerts"]),
        .target(
            name: "TocsinIdentity",
            dependencies: ["CCrypt", "TocsinCore", .crypto, .product(name: "JWTKit", package: "jwt-kit")]),
        .target(
            name: "TocsinConfiguration",
            dependencies: [
                "TocsinCore", "TocsinIdentity", "TocsinAlerts", "TocsinRouting", "TocsinSealing", .logging,
                .serviceLifecycle,
                .product(name: "Yams", package: "Yams"),
            ]),
        .target(
            name: "TocsinStreams",
            dependencies: [
                "TocsinCore", "TocsinAlerts", "TocsinRedis", "TocsinRouting", "TocsinSealing", "TocsinIdentity",
                .nioCore, .logging, .serviceLifecycle,
                .crypto,
            ],
            resources: [.embedInCode("Functions")]),
        .target(
            name: "TocsinIntegrations",
            dependencies: [
                "TocsinCore", "TocsinAlerts", "TocsinConfiguration", "TocsinRouting", "TocsinTemplates", .crypto,
                .cryptoExtras,
            ]),
        .target(
            name: "TocsinAudit",
            dependencies: [
                "TocsinCore", "TocsinAlerts", "TocsinSealing", "TocsinStreams", .crypto, .logging, .serviceLifecycle,
            ]),
        .target(
            name: "TocsinIngest",
            dependencies: [
                "TocsinCore", "TocsinAlerts", "TocsinAudit", "TocsinConfiguration", "TocsinIdentity", "TocsinRedis",
                "TocsinRouting",
                "TocsinSealing", "TocsinStreams", "TocsinTelemetry", .asn1, .asyncHTTPClient, .crypto, .hummingbird,
                .hummingbirdCore,
                .hummingbirdHTTP2, .deque, .nioCore, .nioExtras, .nioHTTP1, .nioPosix, .nioSSL, .nioTLS, .logging,
                .metrics, .serviceLifecycle,
            ]),
        .target(
            name: "TocsinDispatch",
            dependencies: [
                "TocsinCore", "TocsinAlerts", "TocsinAudit", "TocsinConfiguration", "TocsinIntegrations", "TocsinRedis",
                "TocsinRouting",
                "TocsinSealing", "TocsinStreams", "TocsinTemplates", "TocsinTelemetry", .asyncHTTPClient, .nioCore,
                .nioSSL, .nioHTTP1,
                .nioPosix,
                .logging, .metrics, .serviceLifecycle,
            ]),
        .target(
            name: "TocsinAutoscaler",
            dependencies: [
                "TocsinCore", "TocsinConfiguration", "TocsinRedis", "TocsinStreams", "TocsinTelemetry",
                .asyncHTTPClient, .hummingbird, .hummingbirdCore, .nioCore, .nioHTTP1, .nioPosix, .nioSSL, .logging,
                .metrics,
                .serviceLifecycle,
                .product(name: "Yams", package: "Yams"),
            ]),
        .target(
            name: "TocsinBench",
            dependencies: ["TocsinCore", .nioCore, .nioPosix, .nioHTTP1, .nioSSL]),
        .executableTarget(
            name: "tocsin",
            dependencies: [
                "TocsinCore", "TocsinAlerts", "TocsinAudit", "TocsinAutoscaler", "TocsinBench", "TocsinConfiguration",
                "TocsinDispatch", "TocsinIdentity",
                "TocsinIngest", "TocsinIntegrations", "TocsinRedis", "TocsinSealing", "TocsinStreams",
                "TocsinTelemetry", "TocsinTemplates", .argumentParser, .crypto, .logging, .metrics, .serviceLifecycle,
                .hummingbird,
                .asyncHTTPClient, .nioCore, .nioPosix, .nioSSL, .unixSignals,
            ]),
        .target(
            name: "TocsinTesting",
            dependencies: ["TocsinCore", "TocsinRedis", .logging, .nioCore, .nioHTTP1, .nioPosix, .nioSSL]),
        .testTarget(name: "TocsinCoreTests", dependencies: ["TocsinCore", "TocsinTesting"]),
        .testTarget(
            name: "TocsinRedisTests",
            dependencies: ["TocsinCore", "TocsinRedis", "TocsinTesting", .nioCore, .nioPosix, .logging]),
        .testTarget(name: "TocsinAlertsTests", dependencies: ["TocsinCore", "TocsinAlerts", "TocsinTesting"]),
        .testTarget(
            name: "TocsinSealingTests", dependencies: ["TocsinCore", "TocsinSealing", "TocsinTesting", .crypto]),
        .testTarget(
            name: "TocsinStreamsTests",
            dependencies: [
                "TocsinCore", "TocsinIdentity", "TocsinRedis", "TocsinRouting", "TocsinSealing", "TocsinStreams",
                "TocsinTesting",
                .logging, .nioPosix,
            ]),
        .testTarget(
            name: "TocsinDispatchTests",
            dependencies: [
                "TocsinCore", "TocsinAlerts", "TocsinConfiguration", "TocsinDispatch", "TocsinIntegrations",
                "TocsinRedis", "TocsinRouting", "TocsinSealing", "TocsinStreams",
                "TocsinTesting", .logging, .asyncHTTPClient, .nioCore, .nioPosix, .nioSSL,
            ]),
        .testTarget(
            name: "TocsinAuditTests",
            dependencies: [
                "TocsinCore", "TocsinAudit", "TocsinRedis", "TocsinSealing", "TocsinStreams", "TocsinTesting",
                .logging, .serviceLifecycle,
            ]),
        .testTarget(name: "TocsinTelemetryTests", dependencies: ["TocsinCore", "TocsinTelemetry", .metrics]),
        .testTarget(
            name: "TocsinRoutingTests",
            dependencies: ["TocsinCore", "TocsinAlerts", "TocsinRouting", "TocsinTesting"],
            resources: [.copy("Goldens")]),
        .testTarget(
            name: "TocsinTemplatesTests",
            dependencies: ["TocsinCore", "TocsinAlerts", "TocsinTemplates", "TocsinTesting"],
            resources: [.copy("Goldens")]),
        .testTarget(
            name: "TocsinIdentityTests", dependencies: ["TocsinCore", "TocsinIdentity", "TocsinTesting", .crypto],
            resources: [.copy("Goldens")]),
        .testTarget(
            name: "TocsinConfigurationTests",
            dependencies: ["TocsinCore", "TocsinAlerts", "TocsinRouting", "TocsinConfiguration", "TocsinTesting"],
            resources: [.copy("AlertmanagerFiles")]),
        .testTarget(
            name: "TocsinIntegrationsTests",
            dependencies: [
                "TocsinCore", "TocsinTemplates", "TocsinAlerts", "TocsinRouting", "TocsinConfiguration",
                "TocsinIntegrations", "TocsinTesting", .crypto, .cryptoExtras,
            ],
            resources: [.copy("Contracts")]),
        .testTarget(
            name: "TocsinIngestTests",
            dependencies: [
                "TocsinCore", "TocsinAlerts", "TocsinAudit", "TocsinIdentity", "TocsinIngest", "TocsinRedis",
                "TocsinSealing",
                "TocsinStreams", "TocsinTelemetry", "TocsinTesting", .hummingbird, .logging, .nioCore, .nioPosix,
            ]),
        .testTarget(
            name: "TocsinAutoscalerTests",
            dependencies: [
                "TocsinAutoscaler", "TocsinConfiguration", "TocsinCore", "TocsinRedis", "TocsinSealing",
                "TocsinStreams",
                "TocsinTelemetry", "TocsinTesting", .logging, .serviceLifecycle,
            ], resources: [.copy("Goldens")]),
        .testTarget(
            name: "TocsinBenchTests", dependencies: ["TocsinCore", "TocsinBench", "TocsinTesting", .nioCore, .nioPosix]),
        .testTarget(name: "TocsinTestingTests", dependencies: ["TocsinCore", "TocsinTesting", .nioSSL]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["TocsinCore", "TocsinAlerts", "TocsinTesting", "tocsin", .nioCore, .nioPosix]),
    ],
    swiftLanguageModes: [.v6]
)

extension Target.Dependency {
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let asyncHTTPClient = product(name: "AsyncHTTPClient", package: "async-http-client")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let cryptoExtras = product(name: "CryptoExtras", package: "swift-crypto")
    static let deque = product(name: "DequeModule", package: "swift-collections")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore = product(name: "HummingbirdCore", package: "hummingbird")
    static let hummingbirdHTTP2 = product(name: "HummingbirdHTTP2", package: "hummingbird")
    static let logging = product(name: "Logging", package: "swift-log")
    static let metrics = product(name: "Metrics", package: "swift-metrics")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioExtras = product(name: "NIOExtras", package: "swift-nio-extras")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let nioTLS = product(name: "NIOTLS", package: "swift-nio")
    static let serviceLifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let asn1 = product(name: "SwiftASN1", package: "swift-asn1")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
}

// Built only for scripts/fuzz: a program whose main function is libFuzzer's.
if Context.environment["TOCSIN_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "TocsinFuzz",
            dependencies: [
                "TocsinCore", "TocsinAlerts", "TocsinAudit", "TocsinConfiguration", "TocsinIdentity", "TocsinIngest",
                "TocsinRedis",
                "TocsinSealing", "TocsinTemplates",
            ], path: "Tests/TocsinFuzz", exclude: ["Seeds"], linkerSettings: [.unsafeFlags(["-use-ld=lld"])]))
}

for target in package.targets where target.type != .system {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),  // SE-0335: an existential is written `any`
            .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444: members come only from what a file imports
            .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409: imports tell what the API exposes
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461: async stays on the caller's executor
            .treatAllWarnings(as: .error),
        ]
}
