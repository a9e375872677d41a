extension TemplateRun {
    func evaluate(_ command: TemplateCommand, _ dot: TemplateValue, final: TemplateValue?) throws(TemplateError)
        -> TemplateValue
    {
        let first = command.operands[0]
        let arguments = command.operands.dropFirst()
        switch first.kind {
        case .field(let names):
            return try member(names, of: dot, first, arguments, dot, final)
        case .chain(let operand, let names):
            let receiver = try argument(operand, .any, dot, isReceiver: true)
            return try member(names, of: receiver, first, arguments, dot, final)
        case .variable(let name, let names):
            let value = try variable(name, first.span)
            if !names.isEmpty { return try member(names, of: value, first, arguments, dot, final) }
            try refuseArguments(command, final)
            return value
        case .function(let function):
            return try call(function, first, arguments, dot, final)
        case .pipeline(let pipeline):
            try refuseArguments(command, final)
            return try evaluate(pipeline, dot)
        case .dot, .constant, .null:
            try refuseArguments(command, final)
        }
        switch first.kind {
        case .dot: return dot
        case .constant(let value): return value
        default: throw error(first.span, "nil is not a command")
        }
    }

    private func refuseArguments(_ command: TemplateCommand, _ final: TemplateValue?) throws(TemplateError) {
        guard command.operands.count > 1 || final != nil else { return }
        let first = command.operands[0].span
        throw error(first, "can't give argument to non-function \(first.text)")
    }

    private func variable(_ name: String, _ span: TemplateSpan) throws(TemplateError) -> TemplateValue {
        guard let variable = variables.last(where: { $0.name == name }) else {
            throw error(span, "undefined variable: \(name)")
        }
        return variable.value
    }

    // MARK: - Members

    private func member(
        _ names: [String], of receiver: TemplateValue, _ node: TemplateOperand,
        _ arguments: ArraySlice<TemplateOperand>, _ dot: TemplateValue, _ final: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        var value = receiver
        for name in names.dropLast() { value = try member(name, of: value, node, [], dot, nil) }
        guard let last = names.last else { return value }
        return try member(last, of: value, node, arguments, dot, final)
    }

    private func member(
        _ name: String, of receiver: TemplateValue, _ node: TemplateOperand, _ arguments: ArraySlice<TemplateOperand>,
        _ dot: TemplateValue, _ final: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        if case .none = receiver { return .none }
        if case .null = receiver { throw error(node.span, "nil pointer evaluating interface {}.\(name)") }
        if let method = TemplateMethod.named(name, of: receiver) {
            let values = try self.arguments(method.signature, name, node, arguments, dot, final)
            try spend(8, node.span)
            return method.call(values)
        }
        let hasArguments = !arguments.isEmpty || final != nil
        switch receiver {
        case .object(let object):
            guard let value = object[name] else { break }
            guard !hasArguments else {
                throw error(node.span, "\(name) has arguments but cannot be invoked as function")
            }
            return value
        case .map(let map):
            guard !hasArguments else { throw error(node.span, "\(name) is not a method but has arguments") }
            return map[name] ?? map.missing
        default: break
        }
        throw error(node.span, "can't evaluate field \(name) in type \(receiver.typeName)")
    }

    // MARK: - Functions

    private func call(
        _ function: TemplateFunction, _ node: TemplateOperand, _ arguments: ArraySlice<TemplateOperand>,
        _ dot: TemplateValue, _ final: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        if function == .and || function == .or { return try decide(function, node, arguments, dot, final) }
        let values = try self.arguments(function.signature, function.rawValue, node, arguments, dot, final)
        do throws(FunctionError) {
            let (value, cost) = try apply(function, values)
            try pay(cost)
            return value
        } catch {
            throw self.error(
                node.span, "error calling \(function.rawValue): \(error.text)", error.isLimit ? .limit : .execution)
        }
    }

    /// `and` and `or`, which evaluate no more arguments than they must.
    private func decide(
        _ function: TemplateFunction, _ node: TemplateOperand, _ arguments: ArraySlice<TemplateOperand>,
        _ dot: TemplateValue, _ final: TemplateValue?
    ) throws(TemplateError) -> TemplateValue {
        guard !arguments.isEmpty || final != nil else {
            throw error(node.span, "wrong number of args for \(function.rawValue): want at least 1 got 0")
        }
        var value = TemplateValue.none
        for operand in arguments {
            value = try argument(operand, .raw, dot)
            if value.isTrue == (function == .or) { return value }
        }
        return final ?? value
    }

    private func arguments(
        _ signature: TemplateFunction.Signature, _ name: String, _ node: TemplateOperand,
        _ arguments: ArraySlice<TemplateOperand>, _ dot: TemplateValue, _ final: TemplateValue?
    ) throws(TemplateError) -> [TemplateValue] {
        let count = arguments.count + (final == nil ? 0 : 1)
        if signature.rest != nil {
            guard count >= signature.fixed.count else {
                let wanted = "want at least \(signature.fixed.count) got \(arguments.count)"
                throw error(node.span, "wrong number of args for \(name): \(wanted)")
            }
        } else if count != signature.fixed.count {
            throw error(node.span, "wrong number of args for \(name): want \(signature.fixed.count) got \(count)")
        }
        var values: [TemplateValue] = []
        values.reserveCapacity(count)
        for operand in arguments {
            values.append(try argument(operand, signature.parameter(at: values.count), dot))
        }
        if let final { values.append(try check(final, signature.parameter(at: values.count), node)) }
        return values
    }

    private func argument(
        _ operand: TemplateOperand, _ parameter: TemplateFunction.Parameter, _ dot: TemplateValue,
        isReceiver: Bool = false
    ) throws(TemplateError) -> TemplateValue {
        let value: TemplateValue
        switch operand.kind {
        case .dot: value = dot
        case .null:
            guard !isReceiver else {
                throw error(operand.span, "indirection through explicit nil in \(operand.span.text)")
            }
            guard parameter.canBeNil else {
                throw error(operand.span, "cannot assign nil to \(parameter.rawValue)")
            }
            return parameter.zero
        case .constant(let constant):
            try checkConstant(constant, parameter, operand)
            return constant
        case .field(let names): value = try member(names, of: dot, operand, [], dot, nil)
        case .variable(let name, let names):
            let start = try variable(name, operand.span)
            value = names.isEmpty ? start : try member(names, of: start, operand, [], dot, nil)
        case .pipeline(let pipeline): value = try evaluate(pipeline, dot)
        case .function(let function): value = try call(function, operand, [], dot, nil)
        case .chain(let inner, let names):
            let receiver = try argument(inner, .any, dot, isReceiver: true)
            value = try member(names, of: receiver, operand, [], dot, nil)
        }
        return isReceiver ? value : try check(value, parameter, operand)
    }

    private func checkConstant(
        _ value: TemplateValue, _ parameter: TemplateFunction.Parameter, _ operand: TemplateOperand
    ) throws(TemplateError) {
        guard !parameter.accepts(value) else { return }
        if parameter == .string { throw error(operand.span, "expected string; found \(operand.span.text)") }
        throw error(operand.span, "can't handle \(operand.span.text) for arg of type \(parameter.rawValue)")
    }

    private func check(
        _ value: TemplateValue, _ parameter: TemplateFunction.Parameter, _ operand: TemplateOperand
    ) throws(TemplateError) -> TemplateValue {
        if case .none = value {
            guard parameter.canBeNil else {
                throw error(operand.span, "invalid value; expected \(parameter.rawValue)")
            }
            return parameter.zero
        }
        guard parameter.accepts(value) else {
            throw error(
                operand.span, "wrong type for value; expected \(parameter.rawValue); got \(value.typeName)")
        }
        return value
    }
}
