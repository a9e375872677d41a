import Testing
import TocsinCore

@testable import TocsinIdentity

@Suite struct TokenRecordTests {
    static func records() throws -> [TokenRecord] {
        let token = APIToken.generate(tenant: try tenant("team_a"))
        return [
            record(of: token, permissions: []),
            record(of: token, expiresAt: Timestamp(milliseconds: -7), permissions: Set(Permission.allCases)),
            record(of: token, revokedAt: Timestamp(milliseconds: .max), permissions: [.audit]),
            record(of: token, expiresAt: .epoch, revokedAt: .unset, permissions: [.read, .write]),
        ]
    }

    @Test func readsBackWhatItWrites() throws {
        for record in try Self.records() { #expect(try TokenRecord(encoded: record.encoded()) == record) }
    }

    @Test func refusesEveryTruncationAndExtension() throws {
        for record in try Self.records() {
            let bytes = record.encoded()
            for length in 0..<bytes.count {
                #expect(throws: RecordError.self) { try TokenRecord(encoded: Array(bytes.prefix(length))) }
            }
            #expect(throws: RecordError.self) { try TokenRecord(encoded: bytes + [0]) }
        }
    }

    @Test func survivesEveryFlippedBit() throws {
        for record in try Self.records() {
            let bytes = record.encoded()
            for bit in 0..<bytes.count * 8 {
                var altered = bytes
                altered[bit / 8] ^= 1 << (bit % 8)
                if let read = try? TokenRecord(encoded: altered) { #expect(read.hash.count == 32) }
            }
        }
    }

    @Test func leavesOutPermissionsOfNewerVersions() throws {
        let token = APIToken.generate(tenant: try tenant("a"))
        var bytes = record(of: token, permissions: [.read]).encoded()
        // The last field is one permission: its count, its length, "read".
        bytes.replaceSubrange((bytes.count - 6)..., with: [2, 4] + Array("read".utf8) + [3] + Array("fly".utf8))
        #expect(try TokenRecord(encoded: bytes).permissions == [.read])
    }

    @Test func refusesOtherFormatsTenantsAndHashes() throws {
        let token = APIToken.generate(tenant: try tenant("a"))
        var newer = record(of: token).encoded()
        newer[0] = 2
        #expect(throws: RecordError.self) { try TokenRecord(encoded: newer) }
        let short = TokenRecord(
            id: "x", tenant: try tenant("a"), name: "", hash: [1], createdAt: .epoch, expiresAt: nil, revokedAt: nil,
            permissions: [])
        #expect(throws: RecordError.self) { try TokenRecord(encoded: short.encoded()) }
        var tenant = record(of: token).encoded()
        tenant[1 + 1 + 12 + 1] = UInt8(ascii: "/")
        #expect(throws: RecordError.self) { try TokenRecord(encoded: tenant) }
    }

    @Test func permissionWordsStay() {
        #expect(Permission.allCases.map(\.rawValue) == ["read", "write", "silence", "escalate", "admin", "audit"])
    }
}
