internal import Crypto
internal import FoundationEssentials

/// An epoch's key as one auditor can open it: HPKE (RFC 9180) in base mode with DHKEM(X25519, HKDF-SHA256),
/// HKDF-SHA256 and AES-256-GCM; info is "ringfence/epoch-key/v1\0" ‖ origin, the associated data the key's commitment.
public struct SealedEpochKey: Sendable, Hashable {
    /// ``AuditorPublicKey/keyID``.
    public let auditor: ExactText
    let encapsulatedKey: [UInt8]
    let ciphertext: [UInt8]

    private static let ciphersuite = HPKE.Ciphersuite(
        kem: .Curve25519_HKDF_SHA256, kdf: .HKDF_SHA256, aead: .AES_GCM_256)
    static let encapsulatedBytes = 32
    static let ciphertextBytes = EpochKey.byteCount + 16

    init(auditor: ExactText, encapsulatedKey: [UInt8], ciphertext: [UInt8]) {
        self.auditor = auditor
        self.encapsulatedKey = encapsulatedKey
        self.ciphertext = ciphertext
    }

    init(_ key: EpochKey, to auditor: AuditorPublicKey, origin: String) throws(SealError) {
        do {
            let publicKey = try Curve25519.KeyAgreement.PublicKey(rawRepresentation: auditor.rawBytes)
            var sender = try HPKE.Sender(
                recipientKey: publicKey, ciphersuite: Self.ciphersuite, info: Data(Self.info(origin: origin)))
            let bytes = key.key.withUnsafeBytes { Array($0) }
            ciphertext = Array(try sender.seal(bytes, authenticating: key.commitment.bytes))
            encapsulatedKey = Array(sender.encapsulatedKey)
            self.auditor = ExactText(auditor.keyID)
        } catch {
            throw .sealing("the epoch's key could not be sealed to auditor \(auditor.name): \(error)")
        }
    }

    /// - Throws: ``SealError`` if the key is not for this auditor, or is not the one that was committed to.
    func open(with auditor: AuditorPrivateKey, origin: String, commitment: EpochKeyCommitment)
        throws(SealError) -> EpochKey
    {
        let opened: [UInt8]
        do {
            let privateKey = try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: auditor.rawBytes)
            var recipient = try HPKE.Recipient(
                privateKey: privateKey, ciphersuite: Self.ciphersuite, info: Data(Self.info(origin: origin)),
                encapsulatedKey: Data(encapsulatedKey))
            opened = Array(try recipient.open(ciphertext, authenticating: commitment.bytes))
        } catch {
            throw .opening("the epoch's key is not sealed to this auditor's key, or was changed")
        }
        guard let key = EpochKey(bytes: opened), key.commitment == commitment else {
            throw .opening("the epoch's key is not the one that the ledger commits to")
        }
        return key
    }

    private static func info(origin: String) -> [UInt8] {
        EpochKeyCommitment.label.withUTF8Buffer { Array($0) } + Array(origin.utf8)
    }
}

/// Why something could not be sealed or opened.
public enum SealError: Error, Sendable, Hashable, CustomStringConvertible {
    case sealing(String)
    case opening(String)

    public var description: String {
        switch self {
        case .sealing(let what), .opening(let what): what
        }
    }
}
