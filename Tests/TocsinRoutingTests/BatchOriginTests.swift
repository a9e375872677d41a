import Testing
import TocsinRouting

@Suite("From whom a batch is")
struct BatchOriginTests {
    @Test(
        "is read as it is written",
        arguments: [
            BatchOrigin(kind: "token", credential: "4f2a9c01", masked: 3), BatchOrigin(kind: "open"),
            BatchOrigin(kind: "jwt", credential: "https://login.example.org/realms/ops", masked: 1),
        ])
    func text(origin: BatchOrigin) { #expect(BatchOrigin(text: origin.text) == origin) }

    @Test("was not noted if it cannot be read", arguments: ["", "token", "token/1"])
    func unreadable(text: String) { #expect(BatchOrigin(text: text) == BatchOrigin(kind: "")) }
}
