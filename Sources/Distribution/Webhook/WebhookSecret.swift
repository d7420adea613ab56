import Crypto
import Foundation

/// What signs the messages to a webhook (Standard Webhooks): `whsec_` and 24 to 64 bytes in base64.
public struct WebhookSecret: Sendable {
    private static let prefix = "whsec_"
    private let key: SymmetricKey

    /// Nil unless the text is a secret and perhaps white space around it.
    public init?(parsing text: String) {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.hasPrefix(Self.prefix), let bytes = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            (24...64).contains(bytes.count)
        else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// The `webhook-signature` header of a message: version 1, HMAC-SHA256 over id, time and body.
    ///
    /// - Parameter time: POSIX seconds, at which it is sent: a receiver refuses what is too old.
    public func signature(id: String, time: Int64, body: [UInt8]) -> String {
        var mac = HMAC<SHA256>(key: key)
        mac.update(data: Array("\(id).\(time).".utf8))
        mac.update(data: body)
        return "v1," + Data(mac.finalize()).base64EncodedString()
    }
}
