import Foundation
import Testing
import TocsinCore

@testable import TocsinConfiguration
@testable import TocsinIntegrations

@Suite("Key services")
struct KeyServiceTests {
    private static let transit = "{url: 'https://bao:8200/', key: tocsin, token: hvs.secret, namespace: ops}"
    private static let kms = "{key_id: alias/tocsin, region: eu-central-1, access_key: AK, secret_key: SK}"

    private func make(_ kind: KeyServiceConfiguration.Kind, _ yaml: String) -> (any KeyService, [String])? {
        let issues = IssueCollector()
        let environment = SecretSource(environment: [:], baseDirectory: "/")
        guard let node = ConfigurationNode.parse("\(kind.rawValue): \(yaml)\n", file: "t", issues: issues),
            let configuration = KeyServiceConfiguration(
                kind, in: MappingReader(node, path: "root_key", issues: issues, environment: environment)),
            let service = KeyServices.make(configuration, issues: issues, environment: environment)
        else { return nil }
        return (service, issues.issues.map(\.code))
    }

    private func answer(_ status: Int, _ body: String) -> DeliveryResponse {
        DeliveryResponse(status: status, headers: [], body: Array(body.utf8))
    }

    @Test("the transit engine is asked as its API says, with the token in its header alone")
    func transit() throws {
        let (service, issues) = try #require(make(.transit, Self.transit))
        #expect(issues.isEmpty)
        let new = try service.newKey(now: .epoch)
        #expect(new.url.reveal() == "https://bao:8200/v1/transit/datakey/wrapped/tocsin")
        #expect(String(decoding: new.body, as: UTF8.self) == #"{"bits":256}"#)
        let open = try service.unwrapping("vault:v1:abc", byAnyKey: false, now: .epoch)
        #expect(open.url.reveal().hasSuffix("/v1/transit/decrypt/tocsin"))
        #expect(String(decoding: open.body, as: UTF8.self) == #"{"ciphertext":"vault:v1:abc"}"#)
        #expect(
            open.headers.contains { $0.name == "X-Vault-Token" && $0.value.reveal() == "hvs.secret" && $0.isSecret })
        #expect(open.headers.contains { $0.name == "X-Vault-Namespace" && $0.value.reveal() == "ops" })
        #expect(!open.masked().contains("hvs.secret"))
        // The answers are those of OpenBao 2.7.
        let wrapped = service.wrapped(in: answer(200, #"{"data":{"ciphertext":"vault:v1:abc","key_version":1}}"#))
        #expect(try wrapped.get() == "vault:v1:abc")
        let key = service.key(in: answer(200, #"{"data":{"plaintext":"AAEC"}}"#))
        #expect(try key.get() == [0, 1, 2])
    }

    @Test("KMS is asked as its API says, signed, and for nothing that another key has wrapped")
    func kms() throws {
        let (service, issues) = try #require(make(.awsKMS, Self.kms))
        #expect(issues.isEmpty)
        func members(_ request: DeliveryRequest) throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any])
        }
        func target(_ request: DeliveryRequest) -> String? {
            request.headers.first { $0.name == "X-Amz-Target" }?.value.reveal()
        }
        let new = try service.newKey(now: .epoch)
        #expect(new.url.reveal() == "https://kms.eu-central-1.amazonaws.com/")
        #expect(target(new) == "TrentService.GenerateDataKeyWithoutPlaintext")
        #expect(try members(new)["KeySpec"] as? String == "AES_256")
        #expect(new.headers.contains { $0.name == "Authorization" && $0.value.reveal().contains("/eu-central-1/kms/") })
        let open = try service.unwrapping("YWJj", byAnyKey: false, now: .epoch)
        #expect(try members(open)["KeyId"] as? String == "alias/tocsin" && target(open) == "TrentService.Decrypt")
        #expect(try members(open)["EncryptionContext"] as? [String: String] == ["tocsin": "root-key"])
        #expect(try members(try service.unwrapping("YWJj", byAnyKey: true, now: .epoch))["KeyId"] == nil)
        #expect(
            try members(try service.rewrapping("YWJj", now: .epoch))["DestinationKeyId"] as? String == "alias/tocsin")
        #expect(try service.wrapped(in: answer(200, #"{"CiphertextBlob":"YWJj","KeyId":"arn"}"#)).get() == "YWJj")
        #expect(try service.key(in: answer(200, #"{"Plaintext":"AAEC"}"#)).get() == [0, 1, 2])
    }

    @Test(
        "what goes wrong is told apart: what may pass, what is forbidden, what is not there",
        arguments: [
            (403, #"{"errors":["permission denied"]}"#, "root_key_service_forbids", false),
            (503, #"{"errors":["Vault is sealed"]}"#, "root_key_service_busy", true),
            (429, "", "root_key_service_busy", true), (400, #"{"errors":[]}"#, "root_key_service_refuses", false),
            (200, "<html>", "root_key_service_unknown_answer", false),
            (200, #"{"data":{"plaintext":"!"}}"#, "root_key_service_unknown_answer", false),
        ])
    func failures(status: Int, body: String, code: String, isPassing: Bool) throws {
        let (service, _) = try #require(make(.transit, Self.transit))
        let error = #expect(throws: KeyServiceFailure.self) { try service.key(in: answer(status, body)).get() }
        #expect(error?.code == code && error?.isPassing == isPassing)
    }

    @Test(
        "KMS' own codes are understood",
        arguments: [("AccessDeniedException", "forbids"), ("NotFoundException", "refuses")])
    func kmsFailures(type: String, word: String) throws {
        let (service, _) = try #require(make(.awsKMS, Self.kms))
        let error = #expect(throws: KeyServiceFailure.self) {
            try service.key(in: answer(400, "{\"__type\":\"\(type)\",\"message\":\"m\"}")).get()
        }
        #expect(error?.code == "root_key_service_\(word)" && error?.message.contains(type) == true)
    }

    @Test(
        "settings that cannot be right are told",
        arguments: [
            (KeyServiceConfiguration.Kind.transit, "{url: 'http://bao:8200', key: k, token: t}"),
            (.transit, "{url: 'https://bao:8200', key: 'a/../b', token: t}"),
            (.transit, "{url: 'https://bao', key: k}"),
            (.transit, "{url: 'https://bao', key: k, token: t, mount: '../sys'}"), (.awsKMS, "{region: eu-central-1}"),
        ])
    func wrongSettings(kind: KeyServiceConfiguration.Kind, yaml: String) {
        #expect(make(kind, yaml) == nil)
    }
}
