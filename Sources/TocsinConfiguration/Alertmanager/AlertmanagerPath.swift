import Foundation

/// Paths in Alertmanager's files.
enum AlertmanagerPath {
    /// Where a path leads that starts from a folder, unless it starts from the root.
    static func join(_ directory: String, _ path: String) -> String {
        guard !path.isEmpty, !path.hasPrefix("/") else { return path }
        return clean(directory + "/" + path)
    }

    /// The shortest path to the same place, as Go's `filepath.Clean`.
    private static func clean(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !path.hasPrefix("/") {
                parts.append(part)
            }
        }
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }

    /// The files that a pattern fits now, sorted; `*`, `?` and `[a-z]` stand for parts of one name.
    ///
    /// - Parameter pattern: An absolute one.
    static func matches(_ pattern: String) -> [String] {
        var found = [""]
        for part in pattern.split(separator: "/") {
            guard part.contains(where: { "*?[\\".contains($0) }) else {
                found = found.map { $0 + "/" + part }
                continue
            }
            found = found.flatMap { directory in
                let names = (try? FileManager.default.contentsOfDirectory(atPath: directory + "/")) ?? []
                return names.filter { fnmatch(String(part), $0, 0) == 0 }.map { directory + "/" + $0 }
            }
            guard found.count <= maximumFiles else { return [] }
        }
        return found.filter { FileManager.default.fileExists(atPath: $0) }.sorted()
    }

    /// A pattern that fits more files than this is a mistake.
    private static let maximumFiles = 10_000
}
