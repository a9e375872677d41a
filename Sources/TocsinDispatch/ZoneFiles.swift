import Foundation

/// The time zones that this machine knows, for templates.
public enum ZoneFiles {
    private static let folder = "/usr/share/zoneinfo/"

    /// The zone's file (RFC 8536), or `nil` if there is no zone of this name.
    public static func bytes(of name: String) -> [UInt8]? {
        // A name is a path below the folder, and must not lead out of it.
        guard !name.hasPrefix("/"), !name.contains("..") else { return nil }
        return FileManager.default.contents(atPath: folder + name).map { Array($0) }
    }
}
