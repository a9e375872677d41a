import TocsinCore

/// What the names of a pool's containers say: which have a place in it, and which are on their way out until when.
///
/// The engine remembers it, so that an autoscaler that starts anew, or another one, goes on where the last one was.
struct ContainerPool: Sendable {
    typealias Container = ContainerEngine.Container

    let name: String
    /// Those that are wanted, by number.
    private(set) var places: [(number: Int, container: Container)] = []
    /// Those that drain, with the time at which they are ended.
    private(set) var leaving: [(container: Container, deadline: Timestamp)] = []

    init(_ name: String, _ containers: [Container]) {
        self.name = name
        for container in containers {
            let words = container.name.dropFirst(prefix.count).split(separator: "-")
            guard container.name.hasPrefix(prefix) else { continue }
            if words.count == 1, let number = Int(words[0]) {
                places.append((number, container))
            } else if words.count == 3, words[0] == "leaving", let seconds = Int64(words[1]) {
                leaving.append((container, Timestamp(milliseconds: seconds * 1000)))
            }
        }
        places.sort { $0.number < $1.number }
    }

    private var prefix: String { "tocsin-\(name)-" }

    /// The names of so many more containers: the lowest numbers that are free.
    func freeNames(_ count: Int) -> [String] {
        let taken = Set(places.map(\.number))
        return (1...(taken.count + max(1, count))).lazy.filter { !taken.contains($0) }.prefix(count).map {
            prefix + "\($0)"
        }
    }

    /// So many that may go: first those that do not run, then in the order of the nodes, then the highest numbers.
    func chooseLeavers(_ count: Int, nodes: [String]) -> [(number: Int, container: Container)] {
        let hosts = nodes.compactMap(NodeName.host)
        func rank(_ place: (number: Int, container: Container)) -> (Int, Int) {
            guard place.container.isRunning else { return (-1, 0) }
            // A container's host name is the beginning of its id.
            let index = hosts.firstIndex { !$0.isEmpty && place.container.id.hasPrefix($0) }
            return (index ?? hosts.count, -place.number)
        }
        return Array(places.sorted { rank($0) < rank($1) }.prefix(count))
    }

    /// What a container is called from when it is on its way out.
    func leavingName(_ number: Int, deadline: Timestamp) -> String {
        prefix + "leaving-\(deadline.milliseconds / 1000)-\(number)"
    }
}
