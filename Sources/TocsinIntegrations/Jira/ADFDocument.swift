import TocsinAlerts

/// A text in the Atlassian Document Format, which has no markup that a text could break out of.
///
/// Format: <https://developer.atlassian.com/cloud/jira/platform/apis/document/structure/>.
struct ADFDocument: Sendable {
    /// Words of a paragraph.
    struct Run: Sendable {
        let text: String
        var isStrong = false
        var link: String?
    }

    /// The vendor counts characters and does not say of which form: the JSON, in bytes, is never shorter.
    static let limit = 32_767

    private var blocks: [[UInt8]] = []
    private var left = ADFDocument.limit - 64

    /// A document without a paragraph.
    init() {}

    /// A document of the lines of a text, as many as there is room for.
    init(lines text: String) {
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            guard add([Run(text: PlainText.printable(String(line)))], reserve: 100) else {
                add([Run(text: "…")])
                return
            }
        }
    }

    /// Adds a paragraph if there is room for it and for `reserve` bytes more.
    ///
    /// - Returns: Whether there was.
    @discardableResult
    mutating func add(_ runs: [Run], reserve: Int = 0) -> Bool {
        var writer = JSONWriter(capacity: 256)
        writer.object { writer in
            writer.member("type", "paragraph")
            writer.name("content")
            writer.array { writer in
                for run in runs { ADFDocument.write(run, to: &writer) }
            }
        }
        guard writer.bytes.count + 1 + reserve <= left else { return false }
        left -= writer.bytes.count + 1
        blocks.append(writer.bytes)
        return true
    }

    /// A text has no line feed and is never empty.
    private static func write(_ run: Run, to writer: inout JSONWriter) {
        var isFirst = true
        for line in run.text.split(separator: "\n", omittingEmptySubsequences: false) {
            if !isFirst { writer.object { $0.member("type", "hardBreak") } }
            isFirst = false
            guard !line.isEmpty else { continue }
            writer.object { writer in
                writer.member("type", "text")
                writer.member("text", String(line))
                guard run.isStrong || run.link != nil else { return }
                writer.name("marks")
                writer.array { writer in
                    if run.isStrong { writer.object { $0.member("type", "strong") } }
                    guard let link = run.link else { return }
                    writer.object { writer in
                        writer.member("type", "link")
                        writer.member("attrs", [("href", link)])
                    }
                }
            }
        }
    }

    /// Writes the document.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("version", 1)
            writer.member("type", "doc")
            writer.name("content")
            writer.array { writer in
                for block in blocks { writer.value(json: block) }
            }
        }
    }
}
