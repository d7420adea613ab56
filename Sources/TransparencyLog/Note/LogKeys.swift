/// What a log's signature is checked with: its key, or several of one name around a rotation, any of which vouches.
public protocol LogIdentity: Sendable {
    /// The log's origin, which is the name of each key.
    var name: String { get }
    /// One at least.
    var keys: [VerifierKey] { get }
}

extension VerifierKey: LogIdentity {
    public var keys: [VerifierKey] { [self] }
}

/// The keys of one log, when it has, or for a reader may have, more than one.
///
/// A signature by one of them is enough; one that does not verify is refused, whatever the others say.
public struct LogKeys: LogIdentity, Hashable {
    public let keys: [VerifierKey]
    public var name: String { keys[0].name }

    /// - Throws: `.malformed` if there is none, or if they are of several names or not logs' keys.
    public init(_ keys: [VerifierKey]) throws(NoteError) {
        guard let first = keys.first else { throw .malformed("no key is given") }
        for key in keys {
            guard key.name.utf8.elementsEqual(first.name.utf8) else {
                throw .malformed("\(first.name) and \(key.name) are two logs: the keys of one have the same name")
            }
            guard key.algorithm == .ed25519 else { throw .malformed("\(key.name) has a witness's key, not a log's") }
        }
        self.keys = keys.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// Those of the gateway itself, which ``SigningKey`` has seen to.
    init(unchecked keys: [VerifierKey]) { self.keys = keys }
}

extension SignedNote {
    /// The IDs of the keys that claim to have signed as `name`, verified or not, in the order of their lines.
    public func keyIDs(signingAs name: String) -> [UInt32] {
        signatures.reduce(into: []) { found, line in
            if line.name.utf8.elementsEqual(name.utf8), !found.contains(line.keyID) { found.append(line.keyID) }
        }
    }
}
