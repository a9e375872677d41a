import Testing
import TocsinCore

@testable import TocsinSealing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite struct RootKeyLoadingTests {
    private static let raw: [UInt8] = Array(100..<132).map { $0 &* 7 }

    private func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let name = "tocsin-root-key-\(UInt64.random(in: .min ... .max))"
        let folder = FileManager.default.temporaryDirectory.appending(path: name).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder)
    }

    private func write(_ bytes: [UInt8], to path: String, mode: Int = 0o600) throws {
        try Data(bytes).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    @Test func everySpellingIsOneKey() async throws {
        let hex = Hexadecimal.encode(Self.raw)
        let base64 = Data(Self.raw).base64EncodedString()
        let expected = RootKey(bytes: Self.raw).id
        try await withFolder { folder in
            let spellings = [
                Array(hex.utf8), Array((hex.uppercased() + "\n").utf8), Array((" " + hex + "\r\n").utf8),
                Array(base64.utf8), Array((base64 + "\n").utf8), Self.raw,
            ]
            for (index, spelling) in spellings.enumerated() {
                try write(spelling, to: "\(folder)/\(index)")
                #expect(try RootKey.load(file: "\(folder)/\(index)").id == expected)
            }
        }
        #expect(try RootKey.load(environment: ["TOCSIN_ROOT_KEY": hex + "\n"])?.id == expected)
        #expect(try RootKey.load(environment: ["K": base64], variable: "K")?.id == expected)
        #expect(try RootKey.load(environment: ["K": base64]) == nil)
    }

    @Test func refusesWhatIsNoKey() async throws {
        let hex = Hexadecimal.encode(Self.raw)
        try await withFolder { folder in
            let wrong: [[UInt8]] = [
                [], Array("\n".utf8), Array(hex.dropLast().utf8), Array((hex.dropLast() + "g").utf8),
                Array((hex + "00").utf8), Array("correct horse battery staple 123".utf8),
                [UInt8](repeating: 0, count: 32),
                Array(String(repeating: "00", count: 32).utf8), Self.raw + [0], Array(Self.raw.dropLast()),
                Array("!".utf8) + Array(Data(Self.raw).base64EncodedString().utf8.dropFirst()),
                [UInt8](repeating: 0x61, count: 5000),
            ]
            for (index, bytes) in wrong.enumerated() {
                try write(bytes, to: "\(folder)/\(index)")
                let actual = code { _ = try RootKey.load(file: "\(folder)/\(index)") }
                #expect(actual == SealingError.rootKeyMalformed, "case \(index)")
            }
        }
        for text in ["", " ", "secret", String(hex.dropLast())] {
            let environment = ["TOCSIN_ROOT_KEY": text]
            let error = #expect(throws: SealingError.self) { try RootKey.load(environment: environment) }
            #expect(error?.code == SealingError.rootKeyMalformed)
            #expect(error?.message.contains("TOCSIN_ROOT_KEY") == true)
            if text.count > 1 { #expect(error?.message.contains(text) == false, "the error shows the value") }
        }
    }

    @Test(arguments: [0o640, 0o644, 0o604, 0o660, 0o602, 0o777]) func refusesOpenModes(mode: Int) async throws {
        try await withFolder { folder in
            let path = folder + "/key"
            try write(Self.raw, to: path, mode: mode)
            let error = #expect(throws: SealingError.self) { try RootKey.load(file: path) }
            #expect(error?.code == SealingError.rootKeyPermissions)
            #expect(error?.message.contains("chmod 600 \(path)") == true)
            #expect(code { _ = try RootKey.loadOrCreate(file: path) } == SealingError.rootKeyPermissions)
        }
    }

    @Test(arguments: [0o600, 0o400]) func acceptsClosedModes(mode: Int) async throws {
        try await withFolder { folder in
            try write(Self.raw, to: folder + "/key", mode: mode)
            #expect(try RootKey.load(file: folder + "/key").id == RootKey(bytes: Self.raw).id)
        }
    }

    @Test(
        "A file that root hands to a group is private; one that others read, or a group writes, is not",
        arguments: [
            (0o440, 0, 65532, true), (0o640, 0, 65532, true), (0o400, 65532, 65532, true), (0o444, 0, 65532, false),
            (0o660, 0, 65532, false), (0o440, 65532, 65532, false), (0o440, 1000, 65532, false), (0o640, 0, 0, false),
        ]) func whoMayRead(mode: UInt32, owner: UInt32, reader: UInt32, isPrivate: Bool)
    {
        #expect(KeyFile.isPrivate(mode: mode, owner: owner, reader: reader) == isPrivate)
    }

    @Test func namesWhatIsMissingOrNoFile() async throws {
        try await withFolder { folder in
            #expect(code { _ = try RootKey.load(file: folder + "/none") } == SealingError.rootKeyMissing)
            #expect(code { _ = try RootKey.load(file: folder) } == SealingError.rootKeyFile)
            #expect(code { _ = try RootKey.load(file: "/dev/zero") } == SealingError.rootKeyFile)
            #expect(code { _ = try RootKey.loadOrCreate(file: folder + "/no/such/key") } == SealingError.rootKeyFile)
        }
    }

    @Test func createsAClosedFileOnce() async throws {
        try await withFolder { folder in
            let path = folder + "/key"
            let first = try RootKey.loadOrCreate(file: path)
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(try RootKey.loadOrCreate(file: path).id == first.id)
            #expect(try RootKey.load(file: path).id == first.id)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["key"])
        }
    }

    @Test func racingStartsEndWithOneKey() async throws {
        for _ in 0..<20 {
            try await withFolder { folder in
                let path = folder + "/key"
                let ids = try await withThrowingTaskGroup(of: String.self) { group in
                    for _ in 0..<16 { group.addTask { try RootKey.loadOrCreate(file: path).id } }
                    return try await group.reduce(into: Set<String>()) { $0.insert($1) }
                }
                #expect(ids.count == 1)
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["key"])
            }
        }
    }
}
