import Testing
import TocsinCore

@Suite("Expiring cache")
struct ExpiringCacheTests {
    private let start = Timestamp(milliseconds: 1_000_000)

    private func cache(capacity: Int = 100) -> ExpiringCache<String, Int?> {
        ExpiringCache(timeToLive: .seconds(2), capacity: capacity)
    }

    @Test("Values and absences are both believed, until their time is over")
    func timeToLive() {
        let cache = cache()
        #expect(cache.value("a", now: start) == nil)
        cache.store(1, for: "a", now: start)
        cache.store(nil, for: "absent", now: start)
        for wait in [0, 1999] {
            #expect(cache.value("a", now: start + .milliseconds(wait)) == .some(1))
            #expect(cache.value("absent", now: start + .milliseconds(wait)) == .some(nil))
        }
        #expect(cache.value("a", now: start + .seconds(2)) == nil)
        #expect(cache.value("absent", now: start + .seconds(2)) == nil)
    }

    @Test("A value is not believed for longer than it is good")
    func limit() {
        let cache = cache()
        cache.store(1, for: "a", now: start, limit: start + .seconds(1))
        cache.store(2, for: "b", now: start, limit: start + .seconds(60))
        cache.store(3, for: "c", now: start, limit: start)
        #expect(cache.value("a", now: start + .milliseconds(999)) == .some(1))
        #expect(cache.value("a", now: start + .seconds(1)) == nil)
        #expect(cache.value("b", now: start + .seconds(2)) == nil)
        #expect(cache.value("c", now: start) == nil)
    }

    @Test("A clock that is set back does not prolong a value's life")
    func clockSetBack() {
        let cache = cache()
        cache.store(1, for: "a", now: start)
        #expect(cache.value("a", now: start - .seconds(3600)) == nil)
    }

    @Test("However many keys are tried, no more than the capacity is held, and the newest is")
    func bound() {
        let cache = cache(capacity: 100)
        for number in 0..<1000 {
            cache.store(number, for: "\(number)", now: start)
            #expect(cache.count <= 100)
        }
        #expect(cache.value("999", now: start) == .some(999))
        // What is over goes first.
        cache.removeAll()
        for number in 0..<50 { cache.store(number, for: "old \(number)", now: start) }
        for number in 0..<60 { cache.store(number, for: "new \(number)", now: start + .seconds(3)) }
        for number in 0..<60 { #expect(cache.value("new \(number)", now: start + .seconds(3)) == .some(.some(number))) }
    }

    @Test("What is held already takes no other's place")
    func again() {
        let cache = cache(capacity: 2)
        cache.store(1, for: "a", now: start)
        cache.store(2, for: "b", now: start)
        cache.store(3, for: "b", now: start)
        #expect(cache.value("a", now: start) == .some(1) && cache.value("b", now: start) == .some(3))
        cache.remove("a")
        #expect(cache.value("a", now: start) == nil && cache.count == 1)
    }
}
