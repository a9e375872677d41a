/// The order in which Alertmanager shows labels: the alert's name first, the rest by name.
enum LabelOrder {
    static func sorted(_ entries: [TemplateMap.Entry]) -> [TemplateMap.Entry] {
        guard let name = entries.firstIndex(where: { $0.name == "alertname" }) else { return entries }
        return [entries[name]] + entries[..<name] + entries[(name + 1)...]
    }

    static func pairs(_ map: TemplateMap) -> TemplateValue {
        .list(
            TemplateList(
                .pairs,
                sorted(map.entries).map { entry in
                    .object(
                        TemplateObject(
                            typeName: "template.Pair",
                            members: [
                                TemplateObject.Member(name: "Name", key: "Name", value: .string(entry.name)),
                                TemplateObject.Member(name: "Value", key: "Value", value: entry.value),
                            ]))
                }))
    }
}
