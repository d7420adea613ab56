public import TransparencyLog

/// What an auditor opens details with: a private key and, for epochs that are not sealed to it, what another auditor
/// shared.
public struct AuditorAccess: Sendable {
    public let privateKey: AuditorPrivateKey
    let shared: SharedEpochKeys?

    /// - Throws: ``SealError`` if what was shared is for another auditor.
    public init(_ privateKey: AuditorPrivateKey, shared: SharedEpochKeys? = nil) throws(SealError) {
        if let shared, shared.auditor != privateKey.publicKey.keyID {
            throw .opening("the shared keys are sealed to another auditor, \(shared.auditor)")
        }
        self.privateKey = privateKey
        self.shared = shared
    }

    /// The key of the epoch at `index`; nil if it is sealed to this auditor nowhere.
    ///
    /// - Throws: ``SealError`` if it is, but cannot be opened or is not the key that the entry commits to.
    func key(of epoch: EpochStart, at index: EntryIndex, origin: String) throws(SealError) -> EpochKey? {
        try sealedKey(of: epoch, at: index, origin: origin)?
            .open(with: privateKey, origin: origin, commitment: epoch.keyCommitment)
    }

    /// Whether the key of this epoch of the log `origin` is sealed to it at all.
    public func covers(_ epoch: EpochStart, at index: EntryIndex, origin: String) -> Bool {
        sealedKey(of: epoch, at: index, origin: origin) != nil
    }

    private func sealedKey(of epoch: EpochStart, at index: EntryIndex, origin: String) -> SealedEpochKey? {
        let keyID = ExactText(privateKey.publicKey.keyID)
        if let own = epoch.sealed.first(where: { $0.auditor == keyID }) { return own }
        guard let shared, ExactText(shared.origin) == ExactText(origin) else { return nil }
        return shared[index]
    }
}

/// Keys of epochs that one auditor opened and sealed to another, who came later or whose key is new.
///
/// Whoever hands them over cannot lie: each key is the one that its `epoch` entry commits to, or none.
public struct SharedEpochKeys: Sendable, Hashable {
    static let header = "ringfence-epoch-keys v1"

    public let origin: String
    /// ``AuditorPublicKey/keyID`` of the one who may open them.
    public let auditor: String
    private(set) var sealed: [EntryIndex: SealedEpochKey]

    /// None yet.
    public init(for auditor: AuditorPublicKey, origin: String) {
        self.origin = origin
        self.auditor = auditor.keyID
        sealed = [:]
    }

    public var count: Int { sealed.count }

    subscript(epoch: EntryIndex) -> SealedEpochKey? { sealed[epoch] }

    /// Adds the key of the epoch at `index`, opened by `owner`.
    ///
    /// - Returns: False if it is not sealed to `owner`.
    /// - Throws: ``SealError`` if it is, but cannot be opened, or not be sealed again.
    public mutating func add(
        _ epoch: EpochStart, at index: EntryIndex, openedBy owner: AuditorAccess, for auditor: AuditorPublicKey
    ) throws(SealError) -> Bool {
        guard let key = try owner.key(of: epoch, at: index, origin: origin) else { return false }
        sealed[index] = try SealedEpochKey(key, to: auditor, origin: origin)
        return true
    }

    /// What the file holds: header, `origin`, `auditor`, then for each epoch the entry's index, the encapsulated key and
    /// the ciphertext, in base64.
    public var text: String {
        var lines = [Self.header, "origin \(origin)", "auditor \(auditor)"]
        for (index, key) in sealed.sorted(by: { $0.key < $1.key }) {
            lines.append("\(index) \(Base64Text.encode(key.encapsulatedKey)) \(Base64Text.encode(key.ciphertext))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// - Throws: ``SealError/opening(_:)`` naming the line that is not as ``text`` writes it.
    public init(parsing text: String) throws(SealError) {
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        func field(_ number: Int, _ word: String) throws(SealError) -> String {
            let start = Array("\(word) ".utf8)
            guard lines.count > number, lines[number].starts(with: start),
                let value = String(validating: lines[number].dropFirst(start.count), as: UTF8.self), !value.isEmpty
            else { throw .opening("line \(number + 1) does not read “\(word) …”") }
            return value
        }
        guard let first = lines.first, first.elementsEqual(Self.header.utf8) else {
            throw .opening("the first line is not “\(Self.header)”")
        }
        guard lines.last?.isEmpty == true else { throw .opening("the last line is not ended") }
        origin = try field(1, "origin")
        auditor = try field(2, "auditor")
        sealed = [:]
        for (number, line) in lines.enumerated().dropFirst(3).dropLast() {
            let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
            guard parts.count == 3, let index = UInt64(String(decoding: parts[0], as: UTF8.self)),
                "\(index)".utf8.elementsEqual(parts[0]),
                let encapsulated = Base64Text.decode(parts[1]), let ciphertext = Base64Text.decode(parts[2]),
                encapsulated.count == SealedEpochKey.encapsulatedBytes,
                ciphertext.count == SealedEpochKey.ciphertextBytes, sealed[EntryIndex(index)] == nil
            else { throw .opening("line \(number + 1) is not an entry's index and a sealed key") }
            sealed[EntryIndex(index)] = SealedEpochKey(
                auditor: ExactText(auditor), encapsulatedKey: encapsulated, ciphertext: ciphertext)
        }
    }
}
