import TocsinAlerts

/// Who a message calls, and the permission for it: Discord takes any name in a text for a call otherwise.
///
/// Source: <https://discord.com/developers/docs/resources/message#allowed-mentions-object>.
struct DiscordMention: Sendable {
    private enum Whom {
        case everyone(String)
        case role(String)
        case user(String)
    }

    private let whom: Whom

    /// - Parameter value: A user's id, a role's id behind `&`, `everyone` or `here`; what Discord writes around them, as
    ///   in `<@&42>`, may be there.
    init(_ value: String) {
        let name = value.trimmingPrefix("<").trimmingPrefix("@").trimmingPrefix("!").replacing(">", with: "")
        switch name.first {
        case "&": whom = .role(String(name.dropFirst()))
        case let first? where first.isNumber: whom = .user(String(name))
        default: whom = .everyone(String(name))
        }
    }

    /// As it stands in a text.
    var text: String {
        switch whom {
        case .everyone(let name): "@" + name
        case .role(let id): "<@&\(id)>"
        case .user(let id): "<@\(id)>"
        }
    }

    /// Writes what may be called: this one, or nobody.
    static func write(_ mention: DiscordMention?, to writer: inout JSONWriter) {
        writer.name("allowed_mentions")
        writer.object { writer in
            writer.name("parse")
            writer.array { writer in
                if case .everyone? = mention?.whom { writer.value("everyone") }
            }
            switch mention?.whom {
            case .role(let id)?: writer.memberUnlessEmpty("roles", [id])
            case .user(let id)?: writer.memberUnlessEmpty("users", [id])
            default: break
            }
        }
    }
}
