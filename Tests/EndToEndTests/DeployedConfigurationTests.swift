import Foundation
import Testing
import TocsinTesting

/// What is under `deploy` works as it stands.
@Suite("Deployed configurations")
struct DeployedConfigurationTests {
    private static let deploy = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("deploy")

    @Test(
        "every tocsin.yaml, with the receivers beside it, is one that a node starts with",
        arguments: ["compose", "kubernetes/base"])
    func isValid(folder: String) async throws {
        let directory = try TemporaryDirectory()
        let secrets = directory.file("secrets")
        try FileManager.default.createDirectory(atPath: secrets, withIntermediateDirectories: true)
        try directory.write(String(repeating: "0f", count: 32), to: "secrets/root.key")
        try directory.write("password", to: "secrets/redis.password")
        for file in ["tocsin.yaml", "receivers.yaml"] {
            let text = try String(
                contentsOf: Self.deploy.appendingPathComponent("\(folder)/\(file)"), encoding: .utf8)
            // Where containers find their secrets.
            try directory.write(
                text.replacingOccurrences(
                    of: "/run/secrets(/tocsin)?", with: secrets, options: .regularExpression), to: file)
        }
        let check = try ChildProcess(Deployment.executable, ["check-config", directory.file("tocsin.yaml")])
        #expect(try await check.waitForEnd() == .exit(0), "\(check.transcript)")
    }
}
