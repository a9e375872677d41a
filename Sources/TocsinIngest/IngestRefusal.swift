import TocsinCore
import TocsinStreams

/// Why a request was not answered with 200: a status, a word for scripts, a sentence for people.
///
/// Nothing in it comes from the request's body.
struct IngestRefusal: CodedError, Hashable {
    /// One alert of a batch that was not taken.
    struct Rejection: Sendable, Hashable {
        let index: Int
        let reason: String
    }

    let status: Int
    let code: String
    let message: String
    /// Whether what was asked for may have been done all the same.
    var isUnclear = false
    /// Whole seconds, at least 1, after which it may be worth trying again.
    var retryAfter: Int?
    /// How many alerts of the batch were kept in spite of the others; `nil` if the batch was refused as a whole.
    var accepted: Int?
    /// The alerts that were not.
    var rejected: [Rejection] = []

    init(_ status: Int, _ code: String, _ message: String, retryAfter: Duration? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.retryAfter = retryAfter.map(Self.wholeSeconds)
    }

    /// Rounds up, so that a sender which waits exactly as long as it is told does not come too early.
    static func wholeSeconds(_ wait: Duration) -> Int {
        let milliseconds = max(0, min(wait.milliseconds, 86_400_000))
        return max(1, Int((milliseconds + 999) / 1000))
    }
}

extension IngestRefusal {
    static let pathUnknown = IngestRefusal(
        404, "path_unknown",
        "there is nothing here: alerts go to /api/v2/alerts or /t/<tenant>/api/v2/alerts, Alertmanager's webhooks to "
            + "/api/v1/alerts/webhook")

    static func methodNotAllowed(_ route: IngestRoute) -> IngestRefusal {
        IngestRefusal(405, "method_not_allowed", "\(route.label) takes \(route.allowed)")
    }

    static let typeUnsupported = IngestRefusal(
        415, "content_type_unsupported", "the body must be JSON: send 'Content-Type: application/json'")

    static let encodingUnsupported = IngestRefusal(
        415, "content_encoding_unsupported", "the body must not be compressed: leave Content-Encoding out")

    static func bodyTooLarge(limit: Int) -> IngestRefusal {
        IngestRefusal(
            413, "body_too_large",
            "the body is larger than the \(limit) bytes that one request may have: send fewer alerts at once")
    }

    static func tooManyAlerts(limit: Int) -> IngestRefusal {
        IngestRefusal(
            413, "too_many_alerts",
            "the batch holds more than the \(limit) alerts that one request may have: send it in parts")
    }

    static let bodyIncomplete = IngestRefusal(
        400, "body_incomplete", "the body ended before the length that its header names")

    static func bodyTimeout(_ limit: Duration) -> IngestRefusal {
        IngestRefusal(
            408, "body_timeout",
            "the body did not arrive within \(DurationText.format(limit)): send it faster or in parts")
    }

    static let overloaded = IngestRefusal(
        503, "overloaded", "this node holds as many bytes of unfinished requests as it may: try again, or add a node",
        retryAfter: .seconds(1))

    static func queueFull(tenant: TenantID, retryAfter: Duration) -> IngestRefusal {
        IngestRefusal(
            429, "queue_full",
            "tenant \(tenant) has as many alerts waiting as it may: send them again later, or raise its queued_alerts",
            retryAfter: retryAfter)
    }

    static func rateLimited(tenant: TenantID, retryAfter: Duration) -> IngestRefusal {
        IngestRefusal(
            429, "rate_limited", "tenant \(tenant) sends alerts faster than it may: send them again later",
            retryAfter: retryAfter)
    }

    static let redisUnavailable = IngestRefusal(
        503, "redis_unavailable",
        "the queue can not be reached, so nothing can be kept safely: send the request again",
        retryAfter: .seconds(1))

    static let draining = IngestRefusal(
        503, "node_draining", "this node is ending: it still answers, but new connections belong to another one")

    static let redisTimeout = IngestRefusal(
        503, "redis_timeout",
        "the queue did not confirm the alerts in time; they may or may not be kept: send the request again",
        retryAfter: .seconds(1))

    static let redisOutOfMemory = IngestRefusal(
        503, "redis_out_of_memory",
        "the queue has no memory left, so nothing was kept: give Redis more memory or let the workers catch up",
        retryAfter: .seconds(1))

    static let redisMemoryLow = IngestRefusal(
        503, "redis_memory_low",
        "the queue's memory is nearly used up, and the rest is needed for alerts that were accepted; nothing was kept: "
            + "give Redis more memory or let the workers catch up", retryAfter: .seconds(5))

    static let redisCannotPersist = IngestRefusal(
        503, "redis_cannot_persist",
        "Redis cannot write to its disk and takes no writes until it can; nothing was kept: see whether its disk is "
            + "full, then send the request again", retryAfter: .seconds(5))

    static let redisTooFewReplicas = IngestRefusal(
        503, "redis_too_few_replicas",
        "Redis has fewer replicas than its min-replicas-to-write asks for, so it takes no writes; nothing was kept: see "
            + "that the replicas are up, then send the request again", retryAfter: .seconds(1))

    static let redisLoading = IngestRefusal(
        503, "redis_loading",
        "Redis has been started and still reads its data; nothing was kept: send the request again",
        retryAfter: .seconds(1))

    static let redisFailingOver = IngestRefusal(
        503, "redis_failing_over",
        "another Redis server takes over, or it is not known which one is the master; nothing was kept: send the "
            + "request again", retryAfter: .seconds(1))

    static let redisRefusesUser = IngestRefusal(
        503, "redis_refuses_user",
        "Redis does not let this node do what it must; nothing was kept: see that its user has the rights that "
            + "`tocsin redis acl` prints", retryAfter: .seconds(5))

    static func busy(percent: Int) -> IngestRefusal {
        IngestRefusal(
            503, "node_busy",
            "this node holds \(percent) % of the bytes of unfinished requests that it may: send to another for now",
            retryAfter: .seconds(1))
    }

    static func notDurable(_ error: DurabilityError) -> IngestRefusal {
        IngestRefusal(503, error.code, error.message, retryAfter: .seconds(1))
    }

    /// Something failed on our side that trying again may or may not mend.
    static func internalFailure(_ error: any Error) -> IngestRefusal {
        let code = (error as? any CodedError)?.code ?? "internal_failure"
        return IngestRefusal(
            503, code, "the alerts could not be queued; this node's log says why: send the request again",
            retryAfter: .seconds(1))
    }

    static func alertsRejected(accepted: Int, rejected: [Rejection]) -> IngestRefusal {
        let count = rejected.count
        var refusal = IngestRefusal(
            400, "alerts_rejected",
            "\(count) of \(accepted + count) alerts are not valid; "
                + (accepted == 0 ? "none was kept" : "the other \(accepted) were kept: do not send those again"))
        refusal.accepted = accepted
        refusal.rejected = rejected
        return refusal
    }
}
