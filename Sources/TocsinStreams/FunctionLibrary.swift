import Crypto
import TocsinCore

/// The Lua functions that make every multi-step write atomic, as one library for `FUNCTION LOAD`.
///
/// The library's name holds a digest of its text, so each build calls exactly the functions it was tested with, and two
/// versions can share a server during a rolling upgrade.
struct FunctionLibrary: Sendable {
    /// Each function and its file.
    ///
    /// All but `accept` may run when Redis is out of memory, because they are
    /// how memory becomes free again.
    enum Function: String, CaseIterable, Sendable {
        case accept
        case auditAdd = "audit_add"
        case auditCommit = "audit_commit"
        case auditPrune = "audit_prune"
        case autoscaler
        case beat
        case claim
        case commit
        case credential
        case credentialKeep = "credential_keep"
        case drop
        case fleet
        case letters
        case load
        case node
        case pace
        case refusal
        case release
        case renew
        case replay
        case reseal
        case restart
        case setAside = "set_aside"
        case restore
        case settle
        case silence
        case turn

        var source: [UInt8] {
            switch self {
            case .accept: PackageResources.accept_lua
            case .auditAdd: PackageResources.audit_add_lua
            case .auditCommit: PackageResources.audit_commit_lua
            case .auditPrune: PackageResources.audit_prune_lua
            case .autoscaler: PackageResources.autoscaler_lua
            case .beat: PackageResources.beat_lua
            case .claim: PackageResources.claim_lua
            case .commit: PackageResources.commit_lua
            case .credential: PackageResources.credential_lua
            case .credentialKeep: PackageResources.credential_keep_lua
            case .drop: PackageResources.drop_lua
            case .fleet: PackageResources.fleet_lua
            case .letters: PackageResources.letters_lua
            case .load: PackageResources.load_lua
            case .node: PackageResources.node_lua
            case .pace: PackageResources.pace_lua
            case .refusal: PackageResources.refusal_lua
            case .release: PackageResources.release_lua
            case .renew: PackageResources.renew_lua
            case .replay: PackageResources.replay_lua
            case .reseal: PackageResources.reseal_lua
            case .restart: PackageResources.restart_lua
            case .setAside: PackageResources.set_aside_lua
            case .restore: PackageResources.restore_lua
            case .settle: PackageResources.settle_lua
            case .silence: PackageResources.silence_lua
            case .turn: PackageResources.turn_lua
            }
        }

        var flags: String {
            switch self {
            case .accept: ""
            case .fleet, .letters, .load: "'no-writes'"
            default: "'allow-oom'"
            }
        }
    }

    /// The one library of this build.
    static let current = FunctionLibrary(remark: "")

    /// Twelve hexadecimal digits that name this text.
    let digest: String
    /// What `FUNCTION LOAD` is given.
    let text: String

    /// - Parameter remark: A comment of Lua, or nothing; it makes a library of another version that does the same.
    init(remark: String) {
        var body = remark + String(decoding: PackageResources.common_lua, as: UTF8.self)
        for function in Function.allCases {
            body += "\n" + String(decoding: function.source, as: UTF8.self)
        }
        let digest = Hexadecimal.encode(SHA256.hash(data: Array(body.utf8)).prefix(6))
        for function in Function.allCases {
            body += "\nredis.register_function{function_name='tocsin_\(digest)_\(function.rawValue)', "
            body += "callback=in_place(\(function.rawValue)), flags={\(function.flags)}}"
        }
        self.digest = digest
        text = "#!lua name=tocsin_\(digest)\n" + body + "\n"
    }

    /// The name under which a function is called.
    func name(of function: Function) -> String { "tocsin_\(digest)_\(function.rawValue)" }
}
