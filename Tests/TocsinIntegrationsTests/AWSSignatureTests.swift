import Foundation
import Testing
import TocsinCore

@testable import TocsinIntegrations

@Suite("Signatures of AWS")
struct AWSSignatureTests {
    /// A case of Amazon's own suite.
    private struct Case {
        let context: JSONValue
        let files: [String: JSONValue]

        func text(_ name: String) -> String { files[name]?.string ?? "" }

        var time: String {
            (context["timestamp"]?.string ?? "").replacing("-", with: "").replacing(":", with: "")
        }

        var signature: AWSSignature {
            let keys = context["credentials"]
            return AWSSignature(
                keys: AWSKeys(
                    accessKey: keys?["access_key_id"]?.string ?? "",
                    secretKey: Secret(keys?["secret_access_key"]?.string ?? "")),
                region: context["region"]?.string ?? "", service: context["service"]?.string ?? "")
        }

        /// The request that is to be signed, with what a signer adds to it.
        func canonical() -> AWSSignature.Canonical {
            let parts = text("request.txt").components(separatedBy: "\n\n")
            let lines = parts[0].components(separatedBy: "\n")
            let words = lines[0].split(separator: " ")
            let body = parts.dropFirst().joined(separator: "\n\n")
            var headers: [(name: String, value: String)] = []
            for line in lines.dropFirst() where !line.isEmpty {
                if line.hasPrefix(" ") || line.hasPrefix("\t"), let last = headers.popLast() {
                    headers.append((last.name, last.value + " " + line))
                } else if let colon = line.firstIndex(of: ":") {
                    headers.append((String(line[..<colon]), String(line[line.index(after: colon)...])))
                }
            }
            headers.append(("X-Amz-Date", time))
            if let token = context["credentials"]?["token"]?.string, context["omit_session_token"] != .bool(true) {
                headers.append(("X-Amz-Security-Token", token))
            }
            if context["sign_body"] == .bool(true) {
                let hash = text("header-canonical-request.txt").split(separator: "\n").last.map(String.init) ?? ""
                headers.append(("x-amz-content-sha256", hash))
            }
            return AWSSignature.Canonical(
                method: String(words[0]), target: words.dropFirst().dropLast().joined(separator: " "), headers: headers,
                body: Array(body.utf8), normalizesPath: context["normalize"] == .bool(true))
        }
    }

    @Test("Every case of Amazon's suite is signed as Amazon signs it")
    func suite() throws {
        let whole = JSONValue(try JSONSerialization.jsonObject(with: Contract.data("vectors/aws-sigv4.json")))
        let cases = try #require(whole["cases"]?.object)
        #expect(cases.count == 38)
        for (name, value) in cases {
            let files = try #require(value.object)
            let one = Case(context: try #require(files["context.json"]), files: files)
            let canonical = one.canonical()
            #expect(canonical.text == one.text("header-canonical-request.txt"), "\(name)")
            #expect(
                one.signature.stringToSign(canonical, time: one.time) == one.text("header-string-to-sign.txt"),
                "\(name)")
            #expect(
                one.signature.signature(of: canonical, time: one.time) == one.text("header-signature.txt"), "\(name)")
        }
    }

    @Test(
        "A request is signed byte for byte as boto3 signs it",
        arguments: ["aws-sns-publish", "aws-eventbridge-putevents"])
    func boto3(name: String) throws {
        let golden = JSONValue(try JSONSerialization.jsonObject(with: Contract.data("goldens/\(name).json")))
        var sent: [String: String] = [:]
        for pair in try #require(golden["headers"]?.array) { sent[pair[0]?.string ?? ""] = pair[1]?.string }
        let host = try #require(golden["real_host"]?.string)
        let added: Set = ["Host", "X-Amz-Date", "Authorization", "Content-Length"]
        var request = DeliveryRequest(
            url: Secret("https://\(host)/"),
            headers: sent.filter { !added.contains($0.key) }.map { .init($0.key, Secret($0.value), isSecret: false) },
            body: Array((golden["body_text"]?.string ?? "").utf8))
        let keys = AWSKeys(
            accessKey: "AKIDEXAMPLE", secretKey: Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"))
        let now = try #require(Timestamp(rfc3339: "2026-11-23T08:00:00Z".utf8))
        AWSSignature(keys: keys, region: "eu-central-1", service: name.contains("sns") ? "sns" : "events")
            .sign(&request, now: now)
        #expect(request.header("Authorization") == sent["Authorization"])
        #expect(request.header("X-Amz-Date") == sent["X-Amz-Date"])
    }

    @Test("What others add on the way is not signed, and a session's token is")
    func signedHeaders() throws {
        var request = DeliveryRequest(
            url: Secret("http://127.0.0.1:5000/a?b=1"), headers: [.init("User-Agent", Secret("x"), isSecret: false)],
            body: [])
        let keys = AWSKeys(accessKey: "A", secretKey: Secret("s"), sessionToken: Secret("hunter2"))
        AWSSignature(keys: keys, region: "r", service: "s").sign(&request, now: GeneratedNotification.now)
        AWSSignature(keys: keys, region: "r", service: "s").sign(&request, now: GeneratedNotification.now)
        #expect(
            request.header("Authorization")?.contains("SignedHeaders=host;x-amz-date;x-amz-security-token,") == true)
        #expect(request.headers.count { $0.name == "Authorization" } == 1)
        #expect(!request.masked().contains("hunter2"))
    }
}
