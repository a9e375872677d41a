import Foundation
import Testing
import TocsinAlerts
import TocsinCore
import TocsinTemplates

/// Inputs and outputs that Go's template packages and Alertmanager's functions gave.
enum Fixtures {
    struct AlertInput: Decodable, Sendable {
        let status: String
        let labels: [String: String]
        let annotations: [String: String]
        let startsAt: Int64
        let endsAt: Int64
        let generatorURL: String
    }

    struct NotificationInput: Decodable, Sendable {
        let name: String
        let receiver: String
        let externalURL: String
        let reason: String
        let groupLabels: [String: String]
        let routeLabels: [String: String]
        let alerts: [AlertInput]

        /// The data of the notification as templates see it.
        var value: TemplateValue {
            get throws {
                let notification = Notification(
                    id: NotificationID("x"), tenant: try TenantID("tenant").orThrow(), receiver: receiver,
                    groupKey: "{}", groupLabels: LabelSet(groupLabels.map { ($0, $1) }),
                    alerts: alerts.map { input in
                        NotifiedAlert(
                            alert: Alert(
                                labels: LabelSet(input.labels.map { ($0, $1) }),
                                annotations: LabelSet(input.annotations.map { ($0, $1) }),
                                startsAt: Timestamp(milliseconds: input.startsAt),
                                endsAt: Timestamp(milliseconds: input.endsAt), updatedAt: .epoch,
                                generatorURL: input.generatorURL, timeout: false),
                            status: input.status == "firing" ? .firing : .resolved)
                    },
                    truncatedAlerts: 0, reason: try NotificationReason(rawValue: reason).orThrow(),
                    externalURL: externalURL, createdAt: .epoch, sequence: 1)
                return NotificationData.value(of: notification, routeLabels: routeLabels.map { ($0, $1) })
            }
        }
    }

    struct Golden: Decodable, Sendable, CustomTestStringConvertible {
        let notification: String
        let template: String
        let html: Bool
        let snippet: String
        let output: String

        var testDescription: String { "\(template) of \(notification)" }
    }

    struct Snippet: Decodable, Sendable {
        let html: Bool?
        let template: String
        let output: String?
        let error: String?
    }

    struct Missing: Error {}

    static func load<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        guard let url = Bundle.module.url(forResource: "Goldens/\(name)", withExtension: "json") else {
            throw Missing()
        }
        return try JSONDecoder().decode(Value.self, from: Data(contentsOf: url))
    }

    static func notifications() throws -> [String: TemplateValue] {
        let inputs = try load("notifications", as: [NotificationInput].self)
        return try Dictionary(uniqueKeysWithValues: inputs.map { ($0.name, try $0.value) })
    }

    /// The moment at which the outputs were made, and the zones of this machine.
    static let environment = TemplateEnvironment(now: Timestamp(milliseconds: 1_795_551_330_250)) { name in
        guard !name.contains(".."), !name.hasPrefix("/") else { return nil }
        return try? [UInt8](Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(name)")))
    }
}

extension Optional {
    func orThrow() throws -> Wrapped {
        guard let self else { throw Fixtures.Missing() }
        return self
    }
}
