import Foundation

extension CalendarInterval {
    /// A time zone.
    public struct Location: Sendable, Hashable {
        /// The names of the IANA time zone database that are no places.
        private static let plainNames: Set<String> = [
            "CET", "CST6CDT", "Cuba", "EET", "EST", "EST5EDT", "Egypt", "Eire", "Factory", "GB", "GB-Eire", "GMT",
            "GMT+0",
            "GMT-0", "GMT0", "Greenwich", "HST", "Hongkong", "Iceland", "Iran", "Israel", "Jamaica", "Japan",
            "Kwajalein",
            "Libya", "MET", "MST", "MST7MDT", "NZ", "NZ-CHAT", "Navajo", "PRC", "PST8PDT", "Poland", "Portugal", "ROC",
            "ROK", "Singapore", "Turkey", "UCT", "Universal", "W-SU", "WET", "Zulu",
        ]

        /// The zone's name in the IANA time zone database, `UTC` or `Local`.
        public let name: String
        /// Not there for UTC, whose offset needs no question.
        private let zone: TimeZone?

        /// Finds a zone; an empty name is UTC, `Local` is the machine's own zone.
        ///
        /// - Throws: ``TimeIntervalError`` if nobody knows the name.
        public init(_ name: String) throws(TimeIntervalError) {
            self.name = name.isEmpty ? "UTC" : name
            switch self.name {
            case "UTC": zone = nil
            case "Local": zone = TimeZone.current
            default:
                // Foundation also takes abbreviations and offsets such as PST and GMT+3, which are in no database.
                guard name.contains("/") || Location.plainNames.contains(name), let found = TimeZone(identifier: name)
                else { throw TimeIntervalError("unknown time zone \(name)") }
                zone = found
            }
        }

        /// How many seconds clocks are ahead of UTC at a time.
        func offset(atSeconds seconds: Int64) -> Int64 {
            guard let zone else { return 0 }
            return Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
        }
    }
}
