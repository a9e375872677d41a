import Foundation
import TocsinConfiguration
import TocsinCore

/// The keys of a profile in the file that AWS' tools share.
///
/// Source: <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>.
enum AWSProfile {
    /// The keys; what is wrong is reported.
    static func keys(_ profile: String, _ reader: MappingReader) -> AWSKeys? {
        let home = reader.variable("HOME")?.reveal() ?? "/root"
        let path = reader.variable("AWS_SHARED_CREDENTIALS_FILE")?.reveal() ?? home + "/.aws/credentials"
        guard let text = reader.fileText(path, within: "profile") else { return nil }
        let values = read(text.reveal(), profile: profile)
        guard let accessKey = values["aws_access_key_id"], let secretKey = values["aws_secret_access_key"] else {
            reader.report(
                "value_invalid", "the profile '\(profile)' has no keys in \(path); roles are named with 'role_arn'",
                name: "profile")
            return nil
        }
        return AWSKeys(
            accessKey: accessKey, secretKey: Secret(secretKey),
            sessionToken: values["aws_session_token"].map(Secret.init))
    }

    /// The values of one section.
    static func read(_ text: String, profile: String) -> [String: String] {
        var values: [String: String] = [:]
        var isInside = false
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("["), let end = line.firstIndex(of: "]") {
                let name = line[line.index(after: line.startIndex)..<end].trimmingCharacters(in: .whitespaces)
                isInside = name == profile || name == "profile " + profile
                continue
            }
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if isInside, parts.count == 2 { values[parts[0].lowercased()] = parts[1] }
        }
        return values
    }
}
