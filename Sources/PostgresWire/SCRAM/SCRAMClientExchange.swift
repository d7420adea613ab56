import Crypto

/// A client's side of SCRAM-SHA-256 (RFC 5802, section 5; RFC 7677). Passwords are ASCII, so SASLprep has nothing to do.
package struct SCRAMClientExchange {
    package enum Failure: Error, Equatable {
        case malformed
        /// The server does not know the password either: it is not the one we think.
        case wrongServerSignature
    }

    /// More would be an attack on our time.
    package static let iterationsMax = 1_000_000

    private let password: [UInt8]
    private let nonce: String
    private var expectedSignature: [UInt8]?

    package init(password: String, nonce: String = SCRAMMessage.nonce()) {
        self.password = Array(password.utf8)
        self.nonce = nonce
    }

    private var bareFirst: String { "n=,r=\(nonce)" }

    /// Of the SASLInitialResponse.
    package var clientFirst: [UInt8] { Array("n,,\(bareFirst)".utf8) }

    package mutating func answer(serverFirst: String) throws(Failure) -> [UInt8] {
        guard let attributes = SCRAMMessage.attributes(serverFirst), attributes.count >= 3, attributes[0].name == "r",
            attributes[1].name == "s", attributes[2].name == "i", attributes[0].value.hasPrefix(nonce),
            attributes[0].value.utf8.count > nonce.utf8.count, SCRAMMessage.isNonce(attributes[0].value),
            let salt = SCRAMMessage.decode(base64: attributes[1].value),
            let iterations = Int(attributes[2].value), (1...Self.iterationsMax).contains(iterations)
        else { throw .malformed }
        let salted = SCRAMMessage.hi(password, salt: salt, iterations: iterations)
        let clientKey = SCRAMMessage.hmac(salted, Array("Client Key".utf8))
        let withoutProof = "c=biws,r=\(attributes[0].value)"
        let authMessage = Array("\(bareFirst),\(serverFirst),\(withoutProof)".utf8)
        let signature = SCRAMMessage.hmac(Array(SHA256.hash(data: clientKey)), authMessage)
        let serverKey = SCRAMMessage.hmac(salted, Array("Server Key".utf8))
        expectedSignature = SCRAMMessage.hmac(serverKey, authMessage)
        return Array("\(withoutProof),p=\(SCRAMMessage.base64(SCRAMMessage.xor(clientKey, signature)))".utf8)
    }

    package func verify(serverFinal: String) throws(Failure) {
        guard let attributes = SCRAMMessage.attributes(serverFinal), attributes.first?.name == "v",
            let signature = attributes.first.flatMap({ SCRAMMessage.decode(base64: $0.value) })
        else { throw .malformed }
        guard let expectedSignature, SCRAMMessage.isEqual(signature, expectedSignature) else {
            throw .wrongServerSignature
        }
    }
}
