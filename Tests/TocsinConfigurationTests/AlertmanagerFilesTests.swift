import Foundation
import Testing
import TocsinConfiguration
import TocsinRouting

/// The files that Alertmanager's own tests use, and what Alertmanager 0.25 says of them.
///
/// Where 0.25 and 0.34 disagree, 0.34 is right:
///
/// | file | 0.25 | 0.34 |
/// |---|---|---|
/// | slack-no-api-url | no global Slack API URL set either inline or in a file | no Slack API URL nor App token set … |
/// | any webhook, shown | its address | `<secret>` |
struct AlertmanagerFilesTests {
    static let verdicts: [(file: String, verdict: String)] = {
        let text = (try? AlertmanagerFixture.text("alertmanager-0.34/expected.tsv")) ?? ""
        return text.split(separator: "\n").dropFirst().map { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return (columns[0], columns[1])
        }
    }()

    @Test(arguments: verdicts)
    func verdictIsThatOf034(file: String, verdict: String) throws {
        let text = try AlertmanagerFixture.text("alertmanager-0.34/\(file)")
        guard verdict != "OK" else {
            let configuration = try AlertmanagerFile.parse(text, path: "/etc/alertmanager/\(file)")
            #expect(!configuration.receiverNames.isEmpty)
            return
        }
        let error = #expect(throws: AlertmanagerFileError.self) {
            try AlertmanagerFile.parse(text, path: "/etc/alertmanager/\(file)")
        }
        let message = try #require(error?.message)
        guard verdict.hasPrefix("ERROR: ") else {
            // Alertmanager's test takes any error; this is the one that its 0.25 gives.
            #expect(message == "yaml: unmarshal errors:\n  line 16: field teams not found in type config.plain")
            return
        }
        let expected = String(verdict.dropFirst("ERROR: ".count))
        let isLabel = expected.hasPrefix("invalid_")
        #expect(message == (isLabel ? "invalid regexp value for \"\(expected)\"" : expected))
    }

    @Test func thereAreAsManyVerdictsAsFiles() { #expect(AlertmanagerFilesTests.verdicts.count == 46) }

    @Test(arguments: [
        ("conf.nil-match_re-route.yml", #"invalid regexp value for "invalid_label""#),
        ("conf.nil-source_match_re-inhibition.yml", #"invalid regexp value for "invalid_source_label""#),
        ("conf.nil-target_match_re-inhibition.yml", #"invalid regexp value for "invalid_target_label""#),
        (
            "conf.opsgenie-both-file-and-apikey.yml",
            "at most one of opsgenie_api_key & opsgenie_api_key_file must be configured"
        ),
        (
            "conf.opsgenie-default-apikey-old-team.yml",
            "yaml: unmarshal errors:\n  line 16: field teams not found in type config.plain"
        ),
        ("conf.opsgenie-no-apikey.yml", "no global OpsGenie API Key set either inline or in a file"),
        (
            "conf.slack-both-file-and-url.yml",
            "at most one of slack_api_url & slack_api_url_file must be configured"
        ),
        ("conf.slack-no-api-url.yml", "no Slack API URL nor App token set either inline or in a file"),
        (
            "conf.smtp-both-password-and-file.yml",
            "at most one of smtp_auth_password & smtp_auth_password_file must be configured"
        ),
        (
            "conf.sns-invalid.yml",
            "must provide either a Target ARN, Topic ARN, or Phone Number for SNS config"
        ),
        (
            "conf.victorops-both-file-and-apikey.yml",
            "at most one of victorops_api_key & victorops_api_key_file must be configured"
        ),
        ("conf.victorops-no-apikey.yml", "no global VictorOps API Key set"),
    ])
    func errorIsThatOf025(file: String, message: String) throws {
        let text = try AlertmanagerFixture.text("alertmanager-0.25/\(file)")
        let error = #expect(throws: AlertmanagerFileError.self) {
            try AlertmanagerFile.parse(text, path: "/etc/alertmanager/\(file)")
        }
        #expect(error?.message == message)
    }

    static let shown: [String] = AlertmanagerFixture.names(in: "shown")

    /// What Alertmanager 0.25 showed as `config.original` when it ran with the file in `/etc/alertmanager`.
    @Test(arguments: shown)
    func originalIsWhat025Shows(file: String) throws {
        let folder = file.hasPrefix("conf.") ? "alertmanager-0.25" : "own"
        let text = try AlertmanagerFixture.text("\(folder)/\(file)")
        let configuration = try AlertmanagerFile.parse(text, path: "/etc/alertmanager/\(file)")
        let expected = try AlertmanagerFixture.text("shown/\(file)")
            .replacing(#/url: [^\n]*(\n +max_alerts:)/#) { "url: <secret>" + $0.output.1 }
        #expect(configuration.original == expected)
    }

    @Test func somethingIsShown() { #expect(AlertmanagerFilesTests.shown.count >= 14) }

    /// Two files lose something when they are shown: an empty greeting of SMTP, and an empty pattern.
    @Test(arguments: shown.filter { $0 != "conf.empty-fields.yml" && $0 != "everything.yml" })
    func whatIsShownCanBeReadAgain(file: String) throws {
        let text = try AlertmanagerFixture.text("shown/\(file)")
        let again = try AlertmanagerFile.parse(text, path: "/etc/alertmanager/\(file)")
        let expected = text.replacing(#/url: [^\n]*(\n +max_alerts:)/#) { "url: <secret>" + $0.output.1 }
        #expect(again.original == expected)
    }
}

/// The files beside the tests.
enum AlertmanagerFixture {
    private static var folder: String { Bundle.module.bundlePath + "/AlertmanagerFiles/" }

    static func text(_ name: String) throws -> String { try String(contentsOfFile: folder + name, encoding: .utf8) }

    static func path(_ name: String) -> String { folder + name }

    static func names(in subfolder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder + subfolder)) ?? []).sorted()
    }
}
