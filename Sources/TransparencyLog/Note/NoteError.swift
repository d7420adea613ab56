/// Why a note, a key, a checkpoint or a proof file was refused.
public enum NoteError: Error, Sendable, Hashable {
    /// The text breaks the format; the associated value says where and how.
    case malformed(String)
    /// No line is signed by one of the keys that were asked for.
    case unsigned
    /// The log's name stands under it, but with other keys than those that are trusted: they may have been rotated.
    case otherKeys(name: String, keyIDs: [UInt32])
    /// A line names a key that was asked for, but its signature does not verify.
    case badSignature(name: String)
    /// The checkpoint belongs to another log.
    case wrongOrigin(String)
    /// The proof does not lead from the entry to the checkpoint's root.
    case proofFails
}

extension NoteError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed(let what): what
        case .unsigned: "no signature by a known key"
        case .otherKeys(let name, let keyIDs):
            "it is signed as \(name), but by \(keyIDs.map(KeyName.hexadecimal).joined(separator: " and ")), which is not "
                + "the key given: the log may have rotated its key, and then the last checkpoint that the key given "
                + "verifies covers an entry of kind “key” that names the new one"
        case .badSignature(let name): "the signature by \(name) does not verify"
        case .wrongOrigin(let origin): "it belongs to the log \(origin)"
        case .proofFails: "the proof does not lead to the checkpoint's root"
        }
    }
}
