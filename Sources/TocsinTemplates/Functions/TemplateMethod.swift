/// A method of a value, as templates call it: `.Labels.Remove`, `.StartsAt.Format`.
struct TemplateMethod {
    let signature: TemplateFunction.Signature
    let call: ([TemplateValue]) -> TemplateValue

    private init(_ parameters: TemplateFunction.Parameter..., call: @escaping ([TemplateValue]) -> TemplateValue) {
        var signature = TemplateFunction.Signature()
        if let first = parameters.first { signature = TemplateFunction.Signature(first) }
        self.signature = signature
        self.call = call
    }

    /// The method of that name, if the value has one.
    static func named(_ name: String, of value: TemplateValue) -> TemplateMethod? {
        switch value {
        case .map(let map) where map.isLabels: ofLabels(name, map)
        case .list(let list) where list.element == .alerts: ofAlerts(name, list)
        case .list(let list) where list.element == .pairs: ofPairs(name, list)
        case .time(let time): ofTime(name, time)
        case .duration(let nanoseconds): ofDuration(name, nanoseconds)
        case .month, .weekday: name == "String" ? TemplateMethod { _ in .string(GoFormatter.text(value)) } : nil
        default: nil
        }
    }

    private static func ofLabels(_ name: String, _ map: TemplateMap) -> TemplateMethod? {
        switch name {
        case "SortedPairs": TemplateMethod { _ in LabelOrder.pairs(map) }
        case "Names":
            TemplateMethod { _ in .list(TemplateList(.strings, LabelOrder.sorted(map.entries).map { .string($0.name) }))
            }
        case "Values":
            TemplateMethod { _ in .list(TemplateList(.strings, LabelOrder.sorted(map.entries).map(\.value))) }
        case "String": TemplateMethod { _ in .string(GoFormatter.text(.map(map))) }
        case "Remove":
            TemplateMethod(.strings) { arguments in
                guard case .list(let names)? = arguments.first else { return .map(map) }
                let kept = map.entries.filter { entry in
                    !names.values.contains { $0.text.map(entry.name.isSame) ?? false }
                }
                return .map(TemplateMap(sortedLabels: kept))
            }
        default: nil
        }
    }

    private static func ofAlerts(_ name: String, _ list: TemplateList) -> TemplateMethod? {
        let status: String
        switch name {
        case "Firing": status = "firing"
        case "Resolved": status = "resolved"
        default: return nil
        }
        return TemplateMethod { _ in
            let some = list.values.filter { value in
                guard case .object(let alert) = value else { return false }
                return alert["Status"]?.text == status
            }
            return .list(TemplateList(.someAlerts, some))
        }
    }

    private static func ofPairs(_ name: String, _ list: TemplateList) -> TemplateMethod? {
        let member: String
        switch name {
        case "Names": member = "Name"
        case "Values": member = "Value"
        case "String": return TemplateMethod { _ in .string(GoFormatter.text(.list(list))) }
        default: return nil
        }
        return TemplateMethod { _ in
            .list(
                TemplateList(
                    .strings,
                    list.values.map { value in
                        guard case .object(let pair) = value else { return .none }
                        return pair[member] ?? .none
                    }))
        }
    }

    private static func ofTime(_ name: String, _ time: TemplateTime) -> TemplateMethod? {
        if let plain = plainValue(name, time) { return TemplateMethod { _ in plain } }
        func other(_ arguments: [TemplateValue]) -> TemplateTime {
            if case .time(let other)? = arguments.first { return other }
            return .zero
        }
        switch name {
        case "Format": return TemplateMethod(.string) { .string(time.format($0.first?.text ?? "")) }
        case "Sub": return TemplateMethod(.time) { .duration(time.nanoseconds(since: other($0))) }
        case "Before": return TemplateMethod(.time) { .bool(time.isBefore(other($0))) }
        case "After": return TemplateMethod(.time) { .bool(other($0).isBefore(time)) }
        case "Equal": return TemplateMethod(.time) { .bool(time.nanoseconds(since: other($0)) == 0) }
        case "Add":
            return TemplateMethod(.duration) { arguments in
                guard case .duration(let nanoseconds)? = arguments.first else { return .time(time) }
                return .time(time.adding(nanoseconds: nanoseconds))
            }
        default: return nil
        }
    }

    /// What a moment says of itself without arguments.
    private static func plainValue(_ name: String, _ time: TemplateTime) -> TemplateValue? {
        switch name {
        case "Unix": .int(Int(time.seconds))
        case "UnixMilli": .int(Int(time.seconds) * 1000 + Int(time.nanoseconds) / 1_000_000)
        case "UnixMicro": .int(Int(time.seconds) * 1_000_000 + Int(time.nanoseconds) / 1000)
        case "UnixNano": .int(Int(time.nanoseconds(since: TemplateTime(seconds: 0))))
        // There is no local time: a cluster's nodes must all write the same.
        case "UTC", "Local": .time(time.told(offset: 0, zone: "UTC"))
        case "Year": .int(time.civil.year)
        case "Month": .month(time.civil.month)
        case "Day": .int(time.civil.day)
        case "Hour": .int(time.civil.hour)
        case "Minute": .int(time.civil.minute)
        case "Second": .int(time.civil.second)
        case "Nanosecond": .int(Int(time.nanoseconds))
        case "Weekday": .weekday(time.civil.weekday)
        case "YearDay": .int(time.civil.dayOfYear)
        case "IsZero": .bool(time.isZero)
        case "String": .string(time.description)
        default: nil
        }
    }

    private static func ofDuration(_ name: String, _ nanoseconds: Int64) -> TemplateMethod? {
        let value: TemplateValue
        switch name {
        case "String": value = .string(GoDuration.text(nanoseconds))
        case "Nanoseconds": value = .int(Int(nanoseconds))
        case "Microseconds": value = .int(Int(nanoseconds / 1000))
        case "Milliseconds": value = .int(Int(nanoseconds / 1_000_000))
        case "Seconds": value = .float(Double(nanoseconds / 1_000_000_000) + Double(nanoseconds % 1_000_000_000) / 1e9)
        case "Minutes": value = .float(parts(nanoseconds, 60_000_000_000))
        case "Hours": value = .float(parts(nanoseconds, 3_600_000_000_000))
        case "Abs": value = .duration(nanoseconds == .min ? .max : abs(nanoseconds))
        case "Truncate", "Round": return rounding(name, nanoseconds)
        default: return nil
        }
        return TemplateMethod { _ in value }
    }

    private static func parts(_ nanoseconds: Int64, _ unit: Int64) -> Double {
        Double(nanoseconds / unit) + Double(nanoseconds % unit) / Double(unit)
    }

    private static func rounding(_ name: String, _ nanoseconds: Int64) -> TemplateMethod {
        TemplateMethod(.duration) { arguments in
            guard case .duration(let unit)? = arguments.first, unit > 0 else { return .duration(nanoseconds) }
            let rest = nanoseconds % unit
            guard name == "Round", rest.magnitude >= unit.magnitude - rest.magnitude else {
                return .duration(nanoseconds - rest)
            }
            let (sum, overflow) = (nanoseconds - rest).addingReportingOverflow(nanoseconds < 0 ? -unit : unit)
            return .duration(overflow ? (nanoseconds < 0 ? .min : .max) : sum)
        }
    }
}
