import Testing
import TocsinTesting

@testable import TocsinSealing

/// What is found in texts, and what is only alike.
@Suite struct SensitiveScannerTests {
    /// Texts in which `«…»` marks what must be found; the kind counts for all of a text.
    static let found: [(SensitiveKind, String)] = [
        (.email, "mail «jane.doe@example.com», please"), (.email, "<«j+x@mail.example.co.uk»>"),
        (.email, "mailto:«a@b.io»?x"), (.email, "(«o'brien_1@sub-domain.example.org»)."), (.email, "«x@example.com»"),
        (.email, "?user=«jane@example.com»&x=1"),
        (.email, "«ünal@example.de» und «b@c.org»"),
        (.ip, "from «10.0.0.1»:9100"), (.ip, "x@«1.2.3.4»"), (.ip, "«192.168.255.1»/24"), (.ip, "[«2001:db8::1»]:443"),
        (.ip, "«fe80::1:2:3»%eth0"),
        (.ip, "http://«8.8.8.8»/x"), (.ip, "a=«1.2.3.4»,b=«5.6.7.8»."), (.ip, "«::ffff:10.0.0.1» is"),
        (.ip, "«2001:0db8:0000:0000:0000:ff00:0042:8329»"),
        (.phone, "call «+1 212 555 0123» now"), (.phone, "«+49 (0)30 901820»"), (.phone, "«+442079460958»."),
        (.phone, "tel:«+33-1-42-68-53-00»"), (.phone, "«(212) 555-0123»"), (.phone, "«212-555-0123», «212.555.0123»"),
        (.iban, "to «DE89370400440532013000»"), (.iban, "«GB82 WEST 1234 5698 7654 32»!"), (.iban, "«NO9386011117947»"),
        (.iban, "«FR14 2004 1010 0505 0001 3M02 606»"), (.iban, "«MT84MALT011000012345MTLCAST001S»"),
        (.card, "card «4111111111111111» declined"), (.card, "«5500 0055 5555 5559»"), (.card, "«3782-822463-10005»"),
        (.card, "«6011111111111117»,«3530111333300000»"), (.card, "«30569309025904»"), (.card, "«2223003122003222»"),
        (.email, "“«jane@example.com»” logged in"), (.email, "邮箱«jane@example.com»。"), (.email, "–«jörg@example.com»–"),
        (.phone, "«+49 30 901820» 1790000000000"), (.phone, "«+1 212 555 0123» 3 times"), (.phone, "„«+442079460958»“"),
        (.card, "card «4111111111111111» 3 times"), (.card, "«4111 1111 1111 1111» 12/27"),
        (.card, "3 «4111 1111 1111 1111»"), (.card, "«4111-1111-1111-1111»-7"), (.card, "卡号«4111111111111111»被拒"),
        (.card, "card_«4111111111111111»_x"), (.card, "«5500005555555559» 1790000000000"),
        (.token, "TOKEN_«ghp_0123456789abcdefghijklmnopqrstuvwxyz»"), (.ip, "peer_«10.0.0.1»"),
        (.nationalID, "ssn «123-45-6789»"), (.nationalID, "«AB123456C»"),
        (.nationalID, "«QQ 12 34 56 C»".replacing("QQ", with: "AA")),
        (.nationalID, "DNI «12345678Z»"), (.nationalID, "«255081416802538»"), (.nationalID, "«2 55 08 14 168 025 38»"),
        (.nationalID, "«RSSMRA85T10A562S»"),
        (
            .jwt,
            "Bearer «eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U»"
        ),
        (.pem, "«-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----»\n"),
        (.pem, "key=«-----BEGIN EC PRIVATE KEY-----\\nMHcC\\n-----END EC PRIVATE KEY-----»;"),
        (.pem, "«-----BEGIN RSA PRIVATE KEY----- MIIE cut off»"),
        (.token, "«AKIAIOSFODNN7EXAMPLE» and"), (.token, "token=«ghp_0123456789abcdefghijklmnopqrstuvwxyz»"),
        (.token, "«xoxb-123456789012-1234567890123-abcdefghijklmnopqrstuvwx»"),
        (.token, "«AIzaSyA-0123456789abcdefghijklmnopqrstu»"), (.token, "«glpat-abcdefghij0123456789»"),
        (.token, "«SG.abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG»"),
        (.token, "«tcs_acme_0123456789ab_" + String(repeating: "0f", count: 32) + "»"),
    ]

    static let unremarkable: [String] = [
        "", " ", "@", "a@b", "@example.com", "user@host", "a@b.c", "foo@@bar.com", "50%@5pm.",
        "version 1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "v1.2.3.4x", "12:34:56", "2026-11-25T20:35:14Z",
        "std::vector", "A::B", "Foo::Bar::baz", "::", "::1", "a:b:c", "00:1b:44:11:3a:b7", "deadbeef",
        "1790000000000", "1234567890123456", "4111111111111112", "0000000000000000", "9999999999999995",
        "41111111111111111", "x4111111111111111", "4111111111111111x", "4111.1111.1111.1111", "request 4111 1111",
        "DE89370400440532013001", "DE8937040044053201300", "XX89370400440532013000", "GB82WEST12345698765432X",
        "+1", "+12345", "+0123456789", "+1234567890123456789", "a+123456789012", "123-45-678", "000-45-6789",
        "666-45-6789", "900-45-6789", "123-00-6789", "123-45-0000", "1123-45-6789", "112-555-0123", "212-155-0123",
        "212-555-01234", "2125550123", "12345678A", "RSSMRA85T10A562T", "DF123456A", "GB123456A", "AB123456E",
        "eyJ", "eyJhbGciOiJIUzI1NiJ9", "eyJhbGciOiJIUzI1NiJ9.eyJz", "eyJ.eyJ.eyJ", "-----BEGIN CERTIFICATE-----\nMII",
        "-----BEGIN PUBLIC KEY-----\nMII", "-- BEGIN", "AKIA", "AKIAIOSFODNN7EXAMPL", "ghp_short", "skeleton", "tcs_x",
        "CPU at 95.5% on node-17 (rack 4)", "job=api instance=web-3:9100", "disk /dev/sda1 is 91% full", "p99 > 1.5s",
        "build 20261125.1", "commit 3f2a9bc1d0e4f5a6b7c8d9e0f1a2b3c4d5e6f708", "550e8400-e29b-41d4-a716-446655440000",
    ]

    @Test func findsWhatIsMarked() {
        let scanner = SensitiveScanner()
        for (kind, marked) in Self.found {
            var (bytes, expected, start) = ([UInt8](), [Range<Int>](), 0)
            for character in marked {
                switch character {
                case "«": start = bytes.count
                case "»": expected.append(start..<bytes.count)
                default: bytes.append(contentsOf: Array(String(character).utf8))
                }
            }
            #expect(scanner.spans(in: bytes) == expected.map { SensitiveSpan(kind: kind, bytes: $0) }, "\(marked)")
        }
    }

    @Test func cutsNoLetterInHalf() throws {
        for count in 30...36 {
            let text = Array((String(repeating: "я", count: count) + "a@example.com").utf8)
            let span = try #require(SensitiveScanner().spans(in: text).first)
            #expect(String(validating: text[..<span.bytes.lowerBound], as: UTF8.self) != nil, "\(count) letters")
        }
    }

    @Test func findsNothingWhereThereIsNothing() {
        for text in Self.unremarkable {
            let spans = SensitiveScanner().spans(in: Array(text.utf8))
            #expect(spans.isEmpty, "\(text): \(spans)")
        }
    }

    /// Whatever the bytes are: no trap, spans in order and inside, and a masked text holds none of what was found.
    @Test func anyBytes() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        let pieces = Self.found.map { Array($0.1.utf8) } + Self.unremarkable.map { Array($0.utf8) }
        let scanner = SensitiveScanner()
        let policy = MaskingPolicy([MaskingRule(kinds: Set(SensitiveKind.allCases), action: .redact)])
        let key = RootKey.generate().fleetIndexKey
        for _ in 0..<3000 {
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                var piece = pieces.randomElement(using: &generator) ?? []
                for _ in 0..<Int.random(in: 0...2, using: &generator) where !piece.isEmpty {
                    piece[Int.random(in: 0..<piece.count, using: &generator)] = UInt8.random(
                        in: 0...255, using: &generator)
                }
                text += piece + [[], [0x20], [0x2D], [0x40], [0xFF]].randomElement(using: &generator)!
            }
            let spans = scanner.spans(in: text)
            var end = 0
            for span in spans {
                #expect(span.bytes.lowerBound >= end && span.bytes.upperBound <= text.count, "seed \(seed)")
                end = span.bytes.upperBound
            }
            let masked = text.withUnsafeBufferPointer {
                policy.masked($0, in: .annotations, name: "x", keys: MaskingKeys(index: key))
            }
            #expect((masked == nil) == spans.isEmpty, "seed \(seed)")
        }
    }
}
