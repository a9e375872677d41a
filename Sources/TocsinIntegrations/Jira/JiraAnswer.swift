import Foundation
import TocsinCore

/// An issue, as far as it matters here.
struct JiraIssue: Decodable, Sendable {
    struct Fields: Decodable {
        struct Status: Decodable {
            struct Category: Decodable {
                let key: String?
            }

            let statusCategory: Category?
        }

        struct Resolution: Decodable {
            let name: String?
        }

        let status: Status?
        let resolution: Resolution?
        let resolutiondate: String?
    }

    let key: String
    private let fields: Fields?

    /// Whether it is over.
    var isDone: Bool { fields?.status?.statusCategory?.key == "done" }
    /// The name of its resolution.
    var resolution: String? { fields?.resolution?.name }

    /// When it was resolved: `2026-11-23T08:00:00.000+0100`, whose offset lacks the colon of RFC 3339.
    var resolvedAt: Timestamp? {
        guard let text = fields?.resolutiondate,
            let match = text.wholeMatch(of: /(.*[+-]\d\d)(\d\d)/)
        else { return fields?.resolutiondate.flatMap { Timestamp(rfc3339: $0.utf8) } }
        return Timestamp(rfc3339: "\(match.1):\(match.2)".utf8)
    }

    /// The issue that an answer tells of; keys become part of addresses.
    init?(_ response: DeliveryResponse) {
        guard let issue = try? JSONDecoder().decode(JiraIssue.self, from: Data(response.body)), issue.isSafe else {
            return nil
        }
        self = issue
    }

    /// The first issue of an answer to a search.
    static func first(in response: DeliveryResponse) -> JiraIssue? {
        struct Found: Decodable {
            let issues: [JiraIssue]
        }
        let found = try? JSONDecoder().decode(Found.self, from: Data(response.body))
        return found?.issues.first.flatMap { $0.isSafe ? $0 : nil }
    }

    private var isSafe: Bool { key.wholeMatch(of: /[A-Za-z0-9_]{1,100}-[0-9]{1,20}/) != nil }
}

/// The ways from an issue's status to others.
struct JiraTransitions: Decodable {
    struct Transition: Decodable {
        struct Target: Decodable {
            let statusCategory: JiraIssue.Fields.Status.Category?
        }

        let id: String
        let name: String
        let to: Target?
    }

    let transitions: [Transition]

    init?(_ response: DeliveryResponse) {
        guard let read = try? JSONDecoder().decode(JiraTransitions.self, from: Data(response.body)) else { return nil }
        self = read
    }

    /// The id of the transition with this name; without one, of the first that ends the issue.
    func id(named name: String) -> String? {
        guard !name.isEmpty else { return transitions.first { $0.to?.statusCategory?.key == "done" }?.id }
        let exact = transitions.first { $0.name == name }
        return (exact ?? transitions.first { $0.name.lowercased() == name.lowercased() })?.id
    }
}
