import Dispatch
import Foundation
import TocsinCore
import TocsinTemplates

@testable import TocsinAlerts
@testable import TocsinAudit
@testable import TocsinConfiguration
@testable import TocsinIdentity
@testable import TocsinIngest
@testable import TocsinRedis
@testable import TocsinSealing

/// What reads bytes that strangers wrote: each must answer or refuse, and neither trap nor hang.
enum FuzzTarget: String, CaseIterable {
    case alerts
    case webhook
    case resp
    case yaml
    case templates
    case matchers
    case jwt
    case http
    case masking
    case audit

    static let chosen: FuzzTarget = {
        let name = ProcessInfo.processInfo.environment["TOCSIN_FUZZ_TARGET"] ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            fatalError("TOCSIN_FUZZ_TARGET is one of \(allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return target
    }()

    func run(_ bytes: [UInt8]) {
        switch self {
        case .alerts: Self.alerts(bytes, AlertScanner.scan)
        case .webhook: Self.alerts(bytes, AlertScanner.scanWebhook)
        case .resp: Self.replies(bytes)
        case .yaml: Self.yaml(bytes)
        case .templates: Self.template(bytes)
        case .matchers: Self.matchers(bytes)
        case .jwt: Self.token(bytes)
        case .http: Self.request(bytes)
        case .masking: Self.mask(bytes)
        case .audit: Self.audit(bytes)
        }
    }

    /// What was taken can be read back, rewritten or not.
    private static func alerts(
        _ bytes: [UInt8], _ read: ([UInt8], AlertLimits) throws(AlertDecodingError) -> AlertScan
    ) {
        guard var scan = try? read(bytes, AlertLimits()) else { return }
        func count() -> Int? {
            try? AlertDecoder.decode(scan.payload, receivedAt: .epoch, resolveTimeout: .seconds(300)).count
        }
        precondition(count() == scan.accepted)
        _ = try? scan.rewrite { _, text in text.first == 0x61 ? Array("masked".utf8) : nil }
        precondition(count() == scan.accepted)
    }

    /// The bytes come in two parts, as from a network; the first byte says where they are cut.
    private static func replies(_ bytes: [UInt8]) {
        guard let first = bytes.first else { return }
        let reader = ReplyReader(maximumBytes: 1 << 20)
        let rest = bytes.dropFirst()
        let cut = Int(first) * rest.count / 256
        for part in [rest.prefix(cut), rest.dropFirst(cut)] {
            guard (try? part.withUnsafeBytes { try reader.feed($0) }) != nil else { return }
            while let reply = try? reader.next() { _ = reply }
        }
    }

    /// What was read of a log's files, of proofs and of keys is written again as it was.
    private static func audit(_ bytes: [UInt8]) {
        if let note = try? SignedNote(bytes) {
            precondition((try? SignedNote(note.bytes)) == note)
            _ = try? Checkpoint(text: note.text)
        }
        if let proof = try? InclusionProof(bytes) { _ = try? proof.verify([]) }
        let text = String(decoding: bytes, as: UTF8.self)
        if let name = TileName(path: text) { precondition(name.path == text) }
        if let key = try? VerifierKey(text) { precondition((try? VerifierKey(key.description)) == key) }
        if let entry = try? AuditEntry(bytes) { precondition((try? AuditEntry(entry.bytes)) != nil) }
        if let entries = EntryBundle.entries(of: bytes) {
            var again: [UInt8] = []
            for entry in entries { EntryBundle.append(entry, to: &again) }
            precondition(again == bytes)
        }
    }

    private static func yaml(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        _ = try? AlertmanagerFile.parse(text, path: "/nowhere/alertmanager.yml")
        let issues = IssueCollector()
        guard let node = ConfigurationNode.parse(text, file: "tocsin.yaml", issues: issues) else { return }
        _ = (node, issues.issues)
    }

    private static func template(_ bytes: [UInt8]) {
        var limits = TemplateLimits()
        (limits.steps, limits.outputBytes) = (20_000, 65_536)
        let environment = TemplateEnvironment(now: .epoch, limits: limits)
        let text = String(decoding: bytes, as: UTF8.self)
        for form in [TemplateSet.Form.text, .html] {
            _ = try? TemplateSet().render(text, as: form, data: .string("a<b"), in: environment)
        }
    }

    private static func matchers(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let labels = LabelSet([("a", "b"), ("severity", text)])
        for matcher in (try? Matcher.parseAll(text)) ?? [] {
            _ = matcher.matches(labels)
            precondition((try? Matcher.parse(matcher.text)) == matcher, "a matcher reads as it is written")
        }
        _ = try? Matcher.parse(text)
    }

    private static let issuers: JWTVerification = {
        nonisolated(unsafe) var made: JWTVerification?
        let ready = DispatchSemaphore(value: 0)
        Task.detached {
            let keys = try await JWTKeySet(secret: Secret(String(repeating: "k", count: 32)))
            made = JWTVerification(issuers: [JWTIssuer(issuer: "a", audiences: ["a"], keys: keys)])
            ready.signal()
        }
        ready.wait()
        // Written before the signal, read after it.
        return made ?? JWTVerification(issuers: [])
    }()

    /// Nobody who does not have the key makes a token that is accepted.
    private static func token(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        if case .accepted = issuers.verify(text, now: .epoch) { preconditionFailure("a forged token") }
        _ = JWTVerification.issuer(namedIn: text)
        _ = try? JWTClaims(json: bytes)
        _ = APIToken.parse(text)
    }

    private static func request(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        _ = RouteMatch(path: text)
        _ = RouteMatch(path: text, prefix: "/prefix")
        _ = QueryParameters(path: text)
        _ = CallerCheck.bearer(text)
        _ = BasicCredentials(text)
        _ = TenantID(text)
    }

    private static func mask(_ bytes: [UInt8]) {
        var end = 0
        for span in SensitiveScanner().spans(in: bytes) {
            precondition(span.bytes.lowerBound >= end && span.bytes.upperBound <= bytes.count && !span.bytes.isEmpty)
            end = span.bytes.upperBound
        }
    }
}

/// libFuzzer's own loop (compiler-rt, `FuzzerInterface.h`).
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ one: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The program's main function, under the name that the package manager gives it.
@_cdecl("TocsinFuzz_main")
public func fuzz(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
    var (count, arguments) = (count, arguments)
    return runDriver(&count, &arguments) { data, size in
        FuzzTarget.chosen.run(Array(UnsafeBufferPointer(start: data, count: size)))
        return 0
    }
}
