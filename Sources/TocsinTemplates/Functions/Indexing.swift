/// Go's `len`, `index` and `slice` for templates.
enum Indexing {
    static func length(_ value: TemplateValue) throws(FunctionError) -> Int {
        switch value {
        case .string(let text), .html(let text), .url(let text): return text.utf8.count
        case .list(let list): return list.values.count
        case .map(let map): return map.entries.count
        case .null: throw FunctionError("len of nil pointer")
        case .none: throw FunctionError("reflect: call of reflect.Value.Type on zero Value")
        default: throw FunctionError("len of type \(value.typeName)")
        }
    }

    static func element(of value: TemplateValue, at indexes: [TemplateValue]) throws(FunctionError) -> TemplateValue {
        var item = value
        for (depth, index) in indexes.enumerated() {
            switch item {
            case .none, .null:
                throw FunctionError(depth == 0 ? "index of untyped nil" : "index of nil pointer")
            case .list(let list):
                let number = try position(index, upTo: list.values.count)
                guard number < list.values.count else { throw FunctionError("reflect: slice index out of range") }
                item = list.values[number]
            case .string(let text), .html(let text), .url(let text):
                let bytes = text.utf8
                let number = try position(index, upTo: bytes.count)
                guard number < bytes.count else { throw FunctionError("reflect: string index out of range") }
                item = .int(Int(bytes[bytes.index(bytes.startIndex, offsetBy: number)]))
            case .map(let map):
                item = try member(of: map, index)
            default:
                throw FunctionError("can't index item of type \(item.typeName.drop { $0 == "*" })")
            }
        }
        if indexes.isEmpty, case .none = item { throw FunctionError("index of untyped nil") }
        return item
    }

    private static func member(of map: TemplateMap, _ index: TemplateValue) throws(FunctionError) -> TemplateValue {
        switch index {
        case .none, .null: throw FunctionError("value is nil; should be of type string")
        case .string(let name): return map[name] ?? map.missing
        default: throw FunctionError("value has type \(index.typeName); should be string")
        }
    }

    static func part(of value: TemplateValue, _ indexes: [TemplateValue]) throws(FunctionError) -> TemplateValue {
        let count: Int
        switch value {
        case .none, .null: throw FunctionError("slice of untyped nil")
        case .string(let text), .html(let text), .url(let text):
            guard indexes.count != 3 else { throw FunctionError("cannot 3-index slice a string") }
            count = text.utf8.count
        case .list(let list): count = list.values.count
        default: throw FunctionError("can't slice item of type \(value.typeName)")
        }
        guard indexes.count <= 3 else { throw FunctionError("too many slice indexes: \(indexes.count)") }
        var bounds = [0, count]
        for (place, index) in indexes.enumerated() {
            let number = try position(index, upTo: count)
            if place < bounds.count { bounds[place] = number } else { bounds.append(number) }
        }
        for (low, high) in zip(bounds, bounds.dropFirst()) where low > high {
            throw FunctionError("invalid slice index: \(low) > \(high)")
        }
        if case .list(let list) = value {
            return .list(TemplateList(list.element, Array(list.values[bounds[0]..<bounds[1]])))
        }
        let bytes = Array((value.text ?? "").utf8)[bounds[0]..<bounds[1]]
        let text = String(decoding: bytes, as: UTF8.self)
        return switch value {
        case .html: .html(text)
        case .url: .url(text)
        default: .string(text)
        }
    }

    private static func position(_ index: TemplateValue, upTo count: Int) throws(FunctionError) -> Int {
        guard let number = index.integer else {
            switch index {
            case .none, .null: throw FunctionError("cannot index slice/array with nil")
            default: throw FunctionError("cannot index slice/array with type \(index.typeName)")
            }
        }
        guard (0...count).contains(number) else { throw FunctionError("index out of range: \(number)") }
        return number
    }
}
