import Testing
import TocsinCore
import TocsinTesting

@testable import TocsinAudit

/// Files in memory, that a test can damage.
struct MemoryTiles: TileSource {
    var head: [UInt8]?
    var files: [TileName: [UInt8]] = [:]
    var cosignatures: [String: [UInt8]] = [:]

    func checkpoint() async throws -> [UInt8]? { head }
    func cosigned() async throws -> [String: [UInt8]] { cosignatures }
    func tile(_ name: TileName) async throws -> [UInt8]? {
        files[TileName(level: name.level, index: name.index)].flatMap { EntryBundle.beginning(of: $0, name) }
    }

    mutating func add(_ additions: [TreeEdge.Addition]) {
        for addition in additions { files[addition.tile, default: []] += addition.bytes }
    }
}

@Suite("The tree of the audit log")
struct TreeTests {
    static func entries(_ count: Int) -> [[UInt8]] { (0..<count).map { Array("entry \($0)".utf8) } }

    /// RFC 6962, section 2.1, word for word.
    static func reference(_ entries: ArraySlice<[UInt8]>) -> TreeHash {
        guard let first = entries.first else { return .empty }
        guard entries.count > 1 else { return .leaf(first) }
        var split = 1
        while split * 2 < entries.count { split *= 2 }
        let middle = entries.startIndex + split
        return .node(reference(entries[..<middle]), reference(entries[middle...]))
    }

    @Test("the root is that of RFC 6962 at every size, however the entries come")
    func roots() async throws {
        let entries = Self.entries(1200)
        var (edge, tiles, size) = (TreeEdge(), MemoryTiles(), 0)
        for step in [1, 1, 2, 3, 5, 8, 236, 1, 255, 256, 257, 175] {
            tiles.add(edge.add(Array(entries[size..<size + step])))
            size += step
            #expect(edge.size == UInt64(size) && edge.root == Self.reference(entries[..<size]), "size \(size)")
            let again = try await TreeEdge(size: UInt64(size), tiles: tiles)
            #expect(again.root == edge.root, "read again at size \(size)")
        }
        #expect(size == 1200)
    }

    @Test("a tree over 65,536 entries has a third level")
    func levels() async throws {
        let entries = Self.entries(65_537)
        var (edge, tiles) = (TreeEdge(), MemoryTiles())
        tiles.add(edge.add(entries))
        #expect(tiles.files[TileName(level: 2, index: 0)]?.count == 32)
        #expect(edge.root == Self.reference(entries[...]))
        var tree = TileTree(size: 65_537, tiles: tiles)
        let root = try await tree.root()
        #expect(root == edge.root)
        let names = TileName.all(size: 70_000)
        #expect(names.count { $0.level == 0 } == 274 && names.count { $0.level == nil } == 274)
        #expect(names.filter { $0.level == 1 }.map(\.width) == [256, 17])
        #expect(names.filter { $0.level == 2 }.map(\.width) == [1])
    }

    @Test("every proof of an entry is good for that entry alone, and every proof of an older tree for that tree alone")
    func proofs() async throws {
        let entries = Self.entries(600)
        var (edge, tiles) = (TreeEdge(), MemoryTiles())
        tiles.add(edge.add(entries))
        for size in [1, 2, 3, 7, 255, 256, 257, 511, 600] as [UInt64] {
            var tree = TileTree(size: size, tiles: tiles)
            let root = try await tree.root()
            for index in Set([0, size / 3, size / 2, size - 1]) {
                let proof = try await tree.inclusionProof(of: index)
                let leaf = TreeHash.leaf(entries[Int(index)])
                #expect(TreeProof.includes(leaf, at: index, size: size, proof: proof, root: root))
                #expect(!TreeProof.includes(.leaf([1]), at: index, size: size, proof: proof, root: root))
                #expect(!TreeProof.includes(leaf, at: index, size: size, proof: proof + [root], root: root))
                if size > 1 {
                    let other = index == 0 ? 1 : index - 1
                    #expect(!TreeProof.includes(leaf, at: other, size: size, proof: proof, root: root))
                }
            }
            for old in Set([1, size / 2, size - 1, size]) where old > 0 {
                let proof = try await tree.consistencyProof(from: old)
                let before = Self.reference(entries[..<Int(old)])
                #expect(TreeProof.extends((old, before), to: (size, root), proof: proof), "\(old) to \(size)")
                #expect(!TreeProof.extends((old, .leaf([2])), to: (size, root), proof: proof))
                #expect(!TreeProof.extends((old, before), to: (size, .leaf([2])), proof: proof))
            }
        }
        await #expect(throws: AuditError.self) {
            var tree = TileTree(size: 3, tiles: tiles)
            _ = try await tree.inclusionProof(of: 3)
        }
    }

    @Test(
        "names of tiles are those of the specification",
        arguments: [
            ("tile/0/x001/x234/067", TileName(level: 0, index: 1_234_067)),
            ("tile/entries/000", TileName(level: nil, index: 0)),
            ("tile/1/000.p/17", TileName(level: 1, index: 0, width: 17)),
            ("tile/entries/x001/000.p/255", TileName(level: nil, index: 1000, width: 255)),
        ])
    func names(path: String, name: TileName) {
        #expect(name.path == path)
        #expect(TileName(path: path) == name)
    }

    @Test(
        "other paths are no names",
        arguments: [
            "", "tile", "tile/0", "tile/0/", "tile/64/000", "tile/00/000", "tile/0/0", "tile/0/0000", "tile/0/x000",
            "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/x000/001", "tile/entries/../000",
            "tile/-1/000", "tile/0/+01", "/tile/0/000", "tile/0/000/", "tile/0/x001/000.p", "tile/0/001/000",
        ])
    func noNames(path: String) {
        let name = TileName(path: path)
        #expect(name == nil)
    }
}
