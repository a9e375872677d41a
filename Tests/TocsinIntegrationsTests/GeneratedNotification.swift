import TocsinAlerts
import TocsinCore
import TocsinTesting

/// Notifications as senders of alerts could make them, the hostile ones too.
enum GeneratedNotification {
    /// The time that they are made at.
    static let now = Timestamp(milliseconds: 1_800_000_000_000)

    /// What means something in a vendor's markup, in a template, in a header or in the encoding of a request.
    static let hostileTexts = [
        "<!channel> <!here> <@U012AB3CD> <#C123> <https://evil.example|click>", "*bold* _it_ ~gone~ `code` ```block```",
        "@everyone @here <@1234567890> <@&987654321> **bold** __u__ ||spoiler|| [a](https://evil.example)",
        "</b><a href=\"https://evil.example\">x</a> <script>alert(1)</script> &lt;b&gt; &amp; &",
        "_*[]()~`>#+-=|{}.!\\",
        "[text](https://evil.example) # heading\n- item\n1. one\n> quote\n![i](https://evil.example/i.png)",
        "<at>Everyone</at> {{DATE(2026-01-01T00:00:00Z,SHORT)}} ${$root.secret}",
        "h1. title {color:red}x{color} [~admin] [link|https://evil.example] !image.png! {code}", "{{ .Secret }} {{",
        "<![CDATA[x]]></Say><Dial>+15550100</Dial><?xml version=\"1.0\"?>", "x\r\nBcc: victim@example.com\r\n\r\nbody",
        "\"}],\"injected\":[{\"a\":\"\\", "a=b&chat_id=1&text=%0A+%26",
        "@room <mx-reply>x</mx-reply> @user:matrix.example",
        "https://evil.example/?q=<>|\"", "'; DROP TABLE alerts; --", "=HYPERLINK(\"https://evil.example\")",
    ]

    private static let odd = [
        "👩‍👩‍👧‍👦", "🏳️‍🌈", "e\u{301}", "Z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}", "\u{1F1E9}\u{1F1EA}", "日本語", "עברית",
        "\u{202E}txet", "\u{200B}", "\u{FEFF}", "\u{FFFD}", "\u{10FFFF}", "\u{0}", "\u{1B}[31m", "\u{7F}", "\u{85}",
        "\u{2028}",
        "\t", "\r", "\n", "\r\n", " ", "ß", "İ", "𝔘",
    ]

    /// A notification of 1 to 500 alerts.
    ///
    /// - Parameter count: How many alerts; a random number, mostly a small one, where none is given.
    static func make(_ random: inout SeededGenerator, count: Int? = nil) throws -> Notification {
        let count =
            count ?? [1, 2, Int.random(in: 1...10, using: &random), Int.random(in: 1...500, using: &random)]
            .randomElement(using: &random) ?? 1
        let shared = pairs(&random, prefix: "shared", most: 6)
        let firing = Double.random(in: -0.3...1.3, using: &random)
        let alerts = (0..<count).map { index in
            let isFiring = Double.random(in: 0..<1, using: &random) < firing
            return NotifiedAlert(
                alert: alert(index, shared: shared, isFiring: isFiring, &random), status: isFiring ? .firing : .resolved
            )
        }
        let group = Bool.random(using: &random) ? [] : shared.filter { _ in Bool.random(using: &random) }
        return Notification(
            id: NotificationID("0b1c7f3e-0000-4000-8000-000000000001"), tenant: try TenantID("acme").orFail(),
            receiver: text(&random), groupKey: "{}:{a=\"\(text(&random))\"}", groupLabels: LabelSet(group),
            alerts: alerts,
            truncatedAlerts: Bool.random(using: &random) ? 0 : Int.random(in: 0...9999, using: &random),
            reason: NotificationReason.allCases.randomElement(using: &random) ?? .firstNotification,
            externalURL: "https://tocsin.example/alerts", createdAt: now, sequence: random.next() >> 1)
    }

    private static func alert(
        _ index: Int, shared: [(String, String)], isFiring: Bool, _ random: inout SeededGenerator
    ) -> Alert {
        var labels = shared + pairs(&random, prefix: "own", most: 6)
        labels.append(("instance", "host-\(index)"))
        if Int.random(in: 0..<8, using: &random) > 0 { labels.append(("alertname", "Disk" + text(&random))) }
        if Bool.random(using: &random) {
            labels.append(
                ("severity", ["critical", "warning", "info", text(&random)].randomElement(using: &random) ?? ""))
        }
        var annotations = pairs(&random, prefix: "note", most: 3)
        for name in ["summary", "description"] where Bool.random(using: &random) {
            annotations.append((name, text(&random, largest: 16_384)))
        }
        for name in ["runbook_url", "dashboard_url"] where Int.random(in: 0..<4, using: &random) == 0 {
            annotations.append((name, link(&random)))
        }
        let start = now + .seconds(-Int64.random(in: 0...1_000_000, using: &random))
        return Alert(
            labels: LabelSet(labels), annotations: LabelSet(annotations), startsAt: start,
            endsAt: isFiring ? now + .seconds(300) : now, updatedAt: now, generatorURL: link(&random), timeout: isFiring
        )
    }

    /// Labels or annotations; senders may use any text as a name.
    private static func pairs(_ random: inout SeededGenerator, prefix: String, most: Int) -> [(String, String)] {
        (0..<Int.random(in: 0...most, using: &random)).map { index in
            let name = Int.random(in: 0..<4, using: &random) == 0 ? text(&random, largest: 1000) : "\(prefix)_\(index)"
            return (name.isEmpty ? "x" : name, text(&random))
        }
    }

    private static func link(_ random: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: ""
        case 1: text(&random)
        case 2: "javascript:alert(1)"
        case 3: "https://p.example/" + String(repeating: "a", count: Int.random(in: 0...3000, using: &random))
        default: "https://p.example/graph?g0.expr=up%7Ba%3D%22b%22%7D&g0.tab=1(x)*_~"
        }
    }

    /// Any text, at most `largest` bytes long: mostly short, sometimes nothing, sometimes as long as it may be.
    static func text(_ random: inout SeededGenerator, largest: Int = 4096) -> String {
        var text = ""
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return ""
        case 1...4: return ["ok", "db-1", "High latency", "prod"].randomElement(using: &random) ?? ""
        case 5...7: text = hostileTexts.randomElement(using: &random) ?? ""
        case 8...9:
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                text += (odd.randomElement(using: &random) ?? "") + (Bool.random(using: &random) ? "a" : "")
            }
        case 10:
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                text.unicodeScalars.append(Unicode.Scalar(UInt32.random(in: 0..<0xD800, using: &random)) ?? " ")
            }
        default:
            let piece = (odd + hostileTexts + ["&", "<", "\"", "a ", "_"]).randomElement(using: &random) ?? ""
            text = String(repeating: piece, count: max(1, largest / max(1, piece.utf8.count)))
        }
        while text.utf8.count > largest { text.unicodeScalars.removeLast() }
        return text
    }
}

/// A test's value that is not there.
struct MissingValue: Error {}

extension Optional {
    fileprivate func orFail() throws -> Wrapped {
        guard let self else { throw MissingValue() }
        return self
    }
}
