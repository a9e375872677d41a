public import TocsinAlerts
public import TocsinRouting
public import TocsinSealing

/// The names under which things that alerts decide are kept: keyed hashes, so that they say nothing of the alerts.
extension IndexKey {
    /// The name of a group.
    public func id(of group: GroupIdentity) -> GroupID { GroupID(hashHex(label: "group", parts: [group.record])) }

    /// The name of an alert inside its tenant.
    public func name(of alert: Alert) -> String {
        hashHex(label: "alert", parts: [withUnsafeBytes(of: alert.fingerprint.bigEndian) { Array($0) }])
    }

    /// The name of the place where a rule's sources and targets meet.
    public func name(of meeting: InhibitionMeeting) -> String { hashHex(label: "meeting", parts: meeting.parts) }
}
