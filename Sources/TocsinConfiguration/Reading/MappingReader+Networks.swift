import TocsinCore

extension MappingReader {
    /// A list of networks; a text that is none is reported.
    func networks(_ name: String) -> [IPNetwork] {
        (stringList(name) ?? []).compactMap { text in
            let network = IPNetwork(text)
            if network == nil {
                report(
                    "value_invalid", "'\(text)' is no network: expected one such as 10.0.0.0/8 or fd00::/8", name: name)
            }
            return network
        }
    }
}
