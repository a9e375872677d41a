/// The parts of a node's id: host, process number, random part.
enum NodeName {
    /// The host's own name, which in a Pod or a container is that of the Pod or the container.
    static func host(ofNode node: String) -> String? {
        let parts = node.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count >= 3 ? parts.dropLast(2).joined(separator: "-") : nil
    }

    /// The process number.
    static func process(ofNode node: String) -> Int32? {
        let parts = node.split(separator: "-")
        return parts.count >= 3 ? Int32(parts[parts.count - 2]) : nil
    }
}
