import Crypto
package import NIOCore

/// The server's side of SCRAM-SHA-256 and -PLUS with one client (RFC 5802, section 5; PostgreSQL, "SASL
/// Authentication").
package struct SCRAMServerExchange {
    package enum Failure: Error, Equatable {
        case malformed(String)
        case wrongProof
    }

    package enum Answer: Equatable {
        case `continue`([UInt8])
        case accepted([UInt8])
    }

    private enum State {
        case initial
        case challenged(bareClientFirst: String, serverFirst: String, gs2Header: [UInt8], nonce: String, bindsTLS: Bool)
        case finished
    }

    private static let plain = "SCRAM-SHA-256"
    private static let plus = "SCRAM-SHA-256-PLUS"

    private var state = State.initial
    private let verifier: SCRAMVerifier
    private let isMock: Bool
    private let channelBinding: [UInt8]?
    private let serverNonce: String

    /// - Parameters:
    ///   - verifier: Nil for a user without one, with whom the exchange goes on to its end all the same.
    ///   - channelBinding: The data of `tls-server-end-point`; nil outside TLS.
    package init(
        verifier: String?, user: String, mockSecret: [UInt8], channelBinding: [UInt8]?,
        serverNonce: String = SCRAMMessage.nonce()
    ) {
        let parsed = verifier.flatMap(SCRAMVerifier.init(parsing:))
        isMock = parsed == nil
        self.verifier = parsed ?? SCRAMVerifier(mockOf: user, secret: mockSecret)
        self.channelBinding = channelBinding
        self.serverNonce = serverNonce
    }

    package var mechanisms: [String] { channelBinding == nil ? [Self.plain] : [Self.plus, Self.plain] }

    /// - Parameter body: Of a SASLInitialResponse, then of a SASLResponse.
    package mutating func received(_ body: ByteBuffer) throws(Failure) -> Answer {
        switch state {
        case .initial:
            return .continue(try challenge(body))
        case .challenged(let clientFirst, let serverFirst, let gs2Header, let nonce, let bindsTLS):
            state = .finished
            return .accepted(
                try verify(
                    String(buffer: body), clientFirst: clientFirst, serverFirst: serverFirst, gs2Header: gs2Header,
                    nonce: nonce, bindsTLS: bindsTLS))
        case .finished:
            throw .malformed("SASL response after the exchange")
        }
    }

    private mutating func challenge(_ body: ByteBuffer) throws(Failure) -> [UInt8] {
        var body = body
        guard let mechanism = body.readNullTerminatedString(), let length: Int32 = body.readInteger(), length > 0,
            body.readableBytes == length
        else { throw .malformed("malformed SASL initial response") }
        guard mechanisms.contains(mechanism) else {
            throw .malformed("client selected an invalid SASL authentication mechanism")
        }
        let message = String(buffer: body)
        // gs2-header: the binding flag, an authorization identity (none here), then the message proper.
        let parts = message.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty else { throw .malformed("malformed SCRAM message") }
        let bindsTLS: Bool
        switch parts[0] {
        case "p=tls-server-end-point": bindsTLS = true
        case "n": bindsTLS = false
        case "y":
            // The client could have bound and believes that we cannot: somebody took -PLUS out of our offer.
            guard channelBinding == nil else { throw .malformed("SCRAM channel binding negotiation error") }
            bindsTLS = false
        default: throw .malformed("unsupported SCRAM channel-binding type")
        }
        guard bindsTLS == (mechanism == Self.plus) else {
            throw .malformed("SCRAM channel binding does not fit the mechanism")
        }
        guard let attributes = SCRAMMessage.attributes(parts[2]), attributes.count >= 2, attributes[0].name == "n",
            attributes[1].name == "r", SCRAMMessage.isNonce(attributes[1].value)
        else { throw .malformed("malformed SCRAM message") }
        let nonce = attributes[1].value + serverNonce
        let serverFirst = "r=\(nonce),s=\(SCRAMMessage.base64(verifier.salt)),i=\(verifier.iterations)"
        state = .challenged(
            bareClientFirst: String(parts[2]), serverFirst: serverFirst, gs2Header: Array("\(parts[0]),,".utf8),
            nonce: String(nonce), bindsTLS: bindsTLS)
        return Array(serverFirst.utf8)
    }

    private func verify(
        _ message: String, clientFirst: String, serverFirst: String, gs2Header: [UInt8], nonce: String, bindsTLS: Bool
    ) throws(Failure) -> [UInt8] {
        guard let attributes = SCRAMMessage.attributes(message), attributes.count >= 3, attributes[0].name == "c",
            attributes[1].name == "r", let last = attributes.last, last.name == "p",
            let binding = SCRAMMessage.decode(base64: attributes[0].value),
            let proof = SCRAMMessage.decode(base64: last.value), proof.count == 32
        else { throw .malformed("malformed SCRAM message") }
        guard attributes[1].value.utf8.elementsEqual(nonce.utf8) else { throw .malformed("SCRAM nonce does not match") }
        guard binding == gs2Header + (bindsTLS ? channelBinding ?? [] : []) else {
            throw .malformed("SCRAM channel binding check failed")
        }
        let withoutProof = message.dropLast(last.value.count + 3)
        let authMessage = Array("\(clientFirst),\(serverFirst),\(withoutProof)".utf8)
        let signature = SCRAMMessage.hmac(verifier.storedKey, authMessage)
        let clientKey = SCRAMMessage.xor(proof, signature)
        let isProved = SCRAMMessage.isEqual(Array(SHA256.hash(data: clientKey)), verifier.storedKey)
        guard isProved, !isMock else { throw .wrongProof }
        return Array("v=\(SCRAMMessage.base64(SCRAMMessage.hmac(verifier.serverKey, authMessage)))".utf8)
    }
}
