import TocsinAlerts

extension TemplateRun {
    /// Calls a function with checked arguments; answers its value and how many steps it took.
    func apply(_ function: TemplateFunction, _ arguments: [TemplateValue]) throws(FunctionError) -> (TemplateValue, Int)
    {
        let value = try value(of: function, arguments)
        let read = arguments.reduce(0) { $0 + Self.size($1) }
        let made = Self.size(value)
        guard made <= environment.limits.outputBytes, value.depth <= environment.limits.valueDepth else {
            throw .limit("the value is too large or nests too deeply")
        }
        return (value, 4 + (read + made) / 2)
    }

    /// About how much there is of a value.
    private static func size(_ value: TemplateValue) -> Int {
        switch value {
        case .string(let text), .html(let text), .url(let text): text.utf8.count
        case .list(let list): 8 * list.values.count
        case .map(let map): 16 * map.entries.count
        default: 0
        }
    }

    private func value(of function: TemplateFunction, _ arguments: [TemplateValue]) throws(FunctionError)
        -> TemplateValue
    {
        switch function {
        case .and, .or, .not, .len, .index, .slice, .call, .eq, .ne, .lt, .le, .gt, .ge:
            return try builtIn(function, arguments)
        case .print: return try bounded(arguments, GoFormatter.print)
        case .println: return try bounded(arguments, GoFormatter.println)
        case .printf: return try printf(arguments)
        case .html: return try bounded(arguments) { HTMLEscaper.escapeText(Self.joined($0)) }
        case .js: return try bounded(arguments) { HTMLEscaper.escapeScript(Self.joined($0)) }
        case .urlquery: return try bounded(arguments) { TextFunctions.escapeQuery(Self.joined($0)) }
        case .toUpper, .toLower, .title, .trimSpace, .safeHtml, .safeUrl, .urlUnescape, .base64encode, .base64decode,
            .join, .match, .reReplaceAll, .stringSlice, .routeLabels:
            return try text(function, arguments)
        case .date, .tz, .now, .since, .humanizeDuration, .toDate, .mustToDate:
            return try time(function, arguments)
        case .toJson: return try bounded(arguments) { GoJSON.encode($0.first ?? .null) }
        case .list: return .list(TemplateList(.values, arguments))
        case .append:
            guard case .list(let list)? = arguments.first else { return .none }
            return .list(TemplateList(.values, list.values + arguments.dropFirst()))
        case .dict: return try dictionary(arguments)
        }
    }

    // MARK: - The language's own

    private func builtIn(_ function: TemplateFunction, _ arguments: [TemplateValue]) throws(FunctionError)
        -> TemplateValue
    {
        let first = arguments.first ?? .none
        let second = arguments.count > 1 ? arguments[1] : .none
        switch function {
        case .not: return .bool(!first.isTrue)
        case .len: return .int(try Indexing.length(first))
        case .index: return try Indexing.element(of: first, at: Array(arguments.dropFirst()))
        case .slice: return try Indexing.part(of: first, Array(arguments.dropFirst()))
        case .eq: return .bool(try Comparison.isEqual(first, toAnyOf: Array(arguments.dropFirst())))
        case .ne: return .bool(try !Comparison.isEqual(first, toAnyOf: [second]))
        case .lt: return .bool(try Comparison.isLess(first, second))
        case .le: return .bool(try Comparison.isLessOrEqual(first, second))
        case .gt: return .bool(try !Comparison.isLessOrEqual(first, second))
        case .ge: return .bool(try !Comparison.isLess(first, second))
        default:
            // There are no functions among the values.
            if case .none = first { throw FunctionError("call of nil") }
            throw FunctionError("non-function of type \(first.typeName)")
        }
    }

    /// Runs what makes a text of values, unless the values are too many to print.
    private func bounded(_ arguments: [TemplateValue], _ body: ([TemplateValue]) -> String) throws(FunctionError)
        -> TemplateValue
    {
        var budget = environment.limits.outputBytes
        for argument in arguments { Self.count(argument, &budget) }
        guard budget >= 0 else { throw .limit("the text would be too long") }
        return .string(body(arguments))
    }

    /// Counts what a value takes when it is printed.
    ///
    /// A list may stand in another many times, so that a small value can be endless in print.
    static func count(_ value: TemplateValue, _ budget: inout Int) {
        guard budget >= 0 else { return }
        budget -= 1
        switch value {
        case .string(let text), .html(let text), .url(let text): budget -= text.utf8.count
        case .list(let list): for element in list.values { count(element, &budget) }
        case .map(let map):
            for entry in map.entries {
                budget -= entry.name.utf8.count
                count(entry.value, &budget)
            }
        case .object(let object): for member in object.members { count(member.value, &budget) }
        default: budget -= 20
        }
    }

    private func printf(_ arguments: [TemplateValue]) throws(FunctionError) -> TemplateValue {
        let format = arguments.first?.text ?? ""
        // Every directive can be as wide as Go allows, so widths are counted before anything is written.
        var widths = 0
        var number = 0
        for byte in format.utf8 {
            if (0x30...0x39).contains(byte) {
                number = min(number * 10 + Int(byte - 0x30), GoFormatter.maximumWidth)
            } else {
                widths += number
                number =
                    byte == UInt8(ascii: "*") ? (arguments.compactMap(\.integer).map(\.magnitudeClamped).max() ?? 0) : 0
            }
        }
        var budget = environment.limits.outputBytes
        for argument in arguments { Self.count(argument, &budget) }
        // A width counts for every element of a list, so elements are what is counted, though not exactly.
        let elements = max(1, (environment.limits.outputBytes - budget) / 4)
        let width = widths + number
        guard budget >= 0, width <= environment.limits.outputBytes,
            width * elements <= 16 * environment.limits.outputBytes
        else { throw .limit("the text would be too long") }
        return try bounded(arguments) { GoFormatter.printf(format, Array($0.dropFirst())) }
    }

    /// How `html`, `js` and `urlquery` join their arguments.
    private static func joined(_ arguments: [TemplateValue]) -> String {
        GoFormatter.print(
            arguments.map { value in
                switch value {
                case .none, .null: .string("<no value>")
                default: value
                }
            })
    }

    // MARK: - Texts

    private func text(_ function: TemplateFunction, _ arguments: [TemplateValue]) throws(FunctionError) -> TemplateValue
    {
        let first = arguments.first?.text ?? ""
        switch function {
        case .toUpper: return .string(TextFunctions.upper(first))
        case .toLower: return .string(TextFunctions.lower(first))
        case .title: return .string(TextFunctions.title(first))
        case .trimSpace: return .string(TextFunctions.trim(first))
        case .safeHtml: return .html(first)
        case .safeUrl: return .url(first)
        case .urlUnescape: return .string(try TextFunctions.unescapeQuery(first))
        case .base64encode: return .string(TextFunctions.encodeBase64(first))
        case .base64decode: return .string(try TextFunctions.decodeBase64(first))
        case .join: return try join(arguments, separator: first)
        case .match:
            let text = arguments[1].text ?? ""
            return .bool(try search(first, over: text).matches(in: text))
        case .reReplaceAll:
            return try replace(pattern: first, with: arguments[1].text ?? "", in: arguments[2].text ?? "")
        case .routeLabels:
            guard case .object(let data) = root, case .map(let labels)? = data["RouteLabels"] else {
                return .string("")
            }
            return labels[first] ?? .string("")
        default: return .list(TemplateList(.strings, arguments))
        }
    }

    private func join(_ arguments: [TemplateValue], separator: String) throws(FunctionError) -> TemplateValue {
        guard case .list(let list)? = arguments.last else { return .string("") }
        let texts = list.values.compactMap(\.text)
        let size = texts.reduce(separator.utf8.count * max(texts.count - 1, 0)) { $0 + $1.utf8.count }
        guard size <= environment.limits.outputBytes else { throw .limit("the text would be too long") }
        return .string(texts.joined(separator: separator))
    }

    /// A pattern that is affordable on a text.
    private func search(_ pattern: String, over text: String) throws(FunctionError) -> RE2Search {
        let key = Array(pattern.utf8)
        let search: RE2Search
        if let known = patterns[key] {
            search = known
        } else {
            do throws(RE2Error) {
                search = try RE2Search(pattern)
            } catch {
                throw FunctionError("error parsing regexp: \(error.reason.text)")
            }
            // A pattern can be made of what an alert says; many different ones must not fill the memory.
            if patterns.count >= 64 { patterns.removeAll() }
            patterns[key] = search
            try pay(64 + search.costPerByte)
        }
        try pay(search.costPerByte * (text.utf8.count + 1) / 32)
        return search
    }

    private func replace(pattern: String, with template: String, in text: String) throws(FunctionError)
        -> TemplateValue
    {
        let search = try search(pattern, over: text)
        let limit = environment.limits.outputBytes
        guard let result = search.replacingAll(in: text, template: template, maximumLength: limit) else {
            throw .limit("the text would be too long")
        }
        return .string(result)
    }

    private func dictionary(_ arguments: [TemplateValue]) throws(FunctionError) -> TemplateValue {
        guard arguments.count % 2 == 0 else { throw FunctionError("dict requires an even number of arguments") }
        var members: [(String, TemplateValue)] = []
        for index in stride(from: 0, to: arguments.count, by: 2) {
            guard case .string(let name) = arguments[index] else { throw FunctionError("dict keys must be strings") }
            members.append((name, arguments[index + 1]))
        }
        return .map(TemplateMap(members))
    }

    // MARK: - Times

    private func time(_ function: TemplateFunction, _ arguments: [TemplateValue]) throws(FunctionError) -> TemplateValue
    {
        let now = TemplateTime(environment.now)
        let first = arguments.first ?? .none
        switch function {
        case .now: return .time(now)
        case .date:
            guard case .time(let time)? = arguments.last else { return .none }
            return .string(time.format(first.text ?? ""))
        case .tz:
            guard case .time(let time)? = arguments.last else { return .none }
            return .time(try told(time, in: first.text ?? ""))
        case .since:
            guard case .time(let time) = first else { return .none }
            return .duration(now.nanoseconds(since: time))
        case .humanizeDuration: return .string(GoDuration.humanize(try seconds(first)))
        default:
            guard let time = TimeReader.read(arguments[1].text ?? "", layout: first.text ?? "") else {
                if function == .toDate { return .time(.zero) }
                throw FunctionError("parsing time: the text does not follow the layout")
            }
            return .time(time)
        }
    }

    private func told(_ time: TemplateTime, in name: String) throws(FunctionError) -> TemplateTime {
        if name.isEmpty || name == "UTC" || name == "Local" { return time.told(offset: 0, zone: "UTC") }
        guard let file = environment.zoneFile(name), let zone = TimeZoneFile(file) else {
            throw FunctionError("unknown time zone")
        }
        let local = zone.local(at: time.seconds)
        return time.told(offset: local.offset, zone: local.name)
    }

    private func seconds(_ value: TemplateValue) throws(FunctionError) -> Double {
        switch value {
        case .float(let number): return number
        case .int(let number): return Double(number)
        case .duration(let nanoseconds): return Double(nanoseconds) / 1e9
        case .string(let text):
            guard let number = Double(text) else { throw FunctionError("strconv.ParseFloat: invalid syntax") }
            return number
        default: throw FunctionError("can't convert \(value.typeName) to float")
        }
    }
}

extension Int {
    /// The magnitude, or the largest number where there is none.
    fileprivate var magnitudeClamped: Int { Int(clamping: magnitude) }
}
