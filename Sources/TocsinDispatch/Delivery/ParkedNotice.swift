import TocsinAlerts
import TocsinCore
import TocsinStreams

/// The alert that tells a tenant's other receivers that one of them cannot be used any more.
///
/// It goes the way of every alert: it is routed, grouped, silenced and delivered like those that the tenant sends.
struct ParkedNotice {
    /// What it is called.
    static let alertName = "TocsinReceiverParked"

    /// The receiver's name.
    let receiver: String
    /// Its kind.
    let integration: String
    /// When it counts as over unless it is told again.
    let endsAt: Timestamp

    /// The receiver that an alert is about, if it is such a notice.
    static func receiver(of alert: Alert) -> String? {
        alert.labels["alertname"] == alertName ? alert.labels["receiver"] : nil
    }

    /// The alert as a batch of one, as if it had been posted.
    var payload: [UInt8] { get throws { try AlertScanner.scan(json, limits: AlertLimits()).payload } }

    private var json: [UInt8] {
        var writer = JSONWriter()
        writer.array { writer in
            writer.object { writer in
                writer.member(
                    "labels",
                    LabelSet([
                        ("alertname", ParkedNotice.alertName), ("receiver", receiver), ("integration", integration),
                        ("severity", "critical"),
                    ]))
                writer.member(
                    "annotations",
                    LabelSet([
                        ("summary", "Nothing is delivered to receiver \(receiver) any more"),
                        (
                            "description",
                            "Its vendor has refused it for good, so notifications to it become dead letters. Change its "
                                + "settings or mend it at the vendor's, then run: tocsin dead-letters replay"
                        ),
                    ]))
                writer.member("endsAt", endsAt.rfc3339Milliseconds)
            }
        }
        return writer.bytes
    }
}

extension AdmissionPolicy {
    /// Tocsin's own notices: there are few of them, and a tenant whose queue is full needs them most.
    static func ownNotices(of plan: TenantPlan) -> AdmissionPolicy {
        AdmissionPolicy(weight: plan.weight, queuedAlerts: Int(Int32.max), alertsPerSecond: 0, burst: 0)
    }
}
