public import TocsinAlerts
public import TocsinCore

/// The rules by which silences are made, changed and ended.
///
/// They are those of Alertmanager's `silence.Silences`: what a silence did in the past stays as it was, so a change that
/// would rewrite it ends the old silence and makes a new one.
public enum SilenceEdit {
    /// What posting a silence changes.
    ///
    /// - Parameters:
    ///   - posted: The silence as it was posted; its id is empty for a new one. When it was updated is not looked at, and
    ///     a start that is not set is now.
    ///   - existing: The stored silence with the posted id, if there is one.
    ///   - newID: The id that a new silence gets.
    /// - Returns: The silences to store, and the id of the one that was posted.
    /// - Throws: ``SilenceError`` if the posted silence makes no sense or is to change one that does not exist.
    public static func post(
        _ posted: Silence, existing: Silence?, newID: String, now: Timestamp
    ) throws(SilenceError) -> (write: [Silence], id: String) {
        var silence = posted
        if silence.startsAt.isUnset { silence.startsAt = now }
        try validate(silence, now: now)
        silence.updatedAt = now
        let previous = silence.id.isEmpty ? nil : existing
        guard silence.id.isEmpty || previous != nil else { throw SilenceError.unknown }
        if let previous, canUpdate(previous, to: silence, now: now) { return ([silence], silence.id) }

        silence.id = newID.lowercased()
        silence.startsAt = max(silence.startsAt, now)
        guard let previous, previous.state(at: now) != .expired else { return ([silence], silence.id) }
        return ([try expire(previous, now: now), silence], silence.id)
    }

    /// A silence ended now; one that has ended already stays as it is.
    ///
    /// - Throws: Nothing as yet; a rule against ending a silence would be a ``SilenceError``.
    public static func expire(_ existing: Silence, now: Timestamp) throws(SilenceError) -> Silence {
        var silence = existing
        switch existing.state(at: now) {
        case .expired: return existing
        case .active: break
        case .pending: silence.startsAt = now
        }
        silence.endsAt = now
        silence.updatedAt = now
        return silence
    }

    /// A matcher of a posted silence.
    ///
    /// - Parameters:
    ///   - index: Its place in the list, from 0, for the error.
    ///   - isRegex: Whether the value is a pattern.
    ///   - isEqual: Whether it must fit, rather than must not.
    /// - Throws: ``SilenceError`` if the name is empty or the value is no regular expression.
    public static func matcher(
        at index: Int, name: String, value: String, isRegex: Bool, isEqual: Bool
    ) throws(SilenceError) -> Matcher {
        guard !name.isEmpty else { throw invalidMatcher(index, "invalid label name \"\"") }
        do throws(MatcherError) {
            switch (isRegex, isEqual) {
            case (false, true): return try Matcher(name: name, comparison: .equal, value: value)
            case (false, false): return try Matcher(name: name, comparison: .notEqual, value: value)
            case (true, true): return try Matcher(name: name, comparison: .fits, value: value)
            case (true, false): return try Matcher(name: name, comparison: .fitsNot, value: value)
            }
        } catch {
            let reason = withoutAnchors(error.message, value)
            throw invalidMatcher(index, "invalid regular expression \(GoQuoting.quote(value)): \(reason)")
        }
    }

    /// The error of a pattern without the anchors that were put around it to match: Alertmanager reads it here without.
    private static func withoutAnchors(_ message: String, _ pattern: String) -> String {
        let anchored = "`^(?:\(pattern))$`"
        if message.hasSuffix(anchored) { return message.dropLast(anchored.count) + "`\(pattern)`" }
        return message.hasSuffix(")$`") ? message.dropLast(3) + "`" : message
    }

    private static func invalidMatcher(_ index: Int, _ reason: String) -> SilenceError {
        .invalid("silence invalid: invalid label matcher \(index): \(reason)")
    }

    private static func validate(_ silence: Silence, now: Timestamp) throws(SilenceError) {
        guard silence.startsAt < silence.endsAt else {
            throw .invalid("Failed to create silence: start time must be before end time")
        }
        guard silence.endsAt >= now else {
            throw .invalid("Failed to create silence: end time can't be in the past")
        }
        guard !silence.matchers.isEmpty else { throw .invalid("silence invalid: at least one matcher required") }
        for (index, matcher) in silence.matchers.enumerated() where matcher.name.isEmpty {
            throw invalidMatcher(index, "invalid label name \"\"")
        }
        guard !silence.matchers.allSatisfy(isMetByAbsence) else {
            throw .invalid("silence invalid: at least one matcher must not match the empty string")
        }
    }

    /// Whether a matcher asks for the empty value.
    ///
    /// A negative one does not, although every alert without the label meets it: Alertmanager lets a silence consist of
    /// those.
    private static func isMetByAbsence(_ matcher: Matcher) -> Bool {
        switch matcher.comparison {
        case .equal, .fits: matcher.matches(LabelSet())
        case .notEqual, .fitsNot: false
        }
    }

    private static func canUpdate(_ old: Silence, to new: Silence, now: Timestamp) -> Bool {
        guard old.canonicalMatchers == new.canonicalMatchers else { return false }
        switch old.state(at: now) {
        case .active: return seconds(old.startsAt) == seconds(new.startsAt) && new.endsAt >= now
        case .pending: return new.startsAt >= now
        case .expired: return false
        }
    }

    /// Clients send a start back without its fraction of a second, so it does not count as a change.
    private static func seconds(_ time: Timestamp) -> Int64 {
        let (quotient, remainder) = time.milliseconds.quotientAndRemainder(dividingBy: 1000)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
