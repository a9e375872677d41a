import Foundation
import TocsinCore

extension Secret {
    /// The text in Base64, as `Basic` wants it: RFC 7617.
    var base64: String { Data(reveal().utf8).base64EncodedString() }
}
