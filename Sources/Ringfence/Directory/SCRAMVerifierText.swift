/// A verifier as PostgreSQL writes it into `pg_authid`: `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`.
enum SCRAMVerifierText {
    /// RFC 7677 section 4 asks for 4096 at least.
    static let iterationsMin = 4096

    /// What is wrong with `text`, as the rest of a sentence; nil if nothing is.
    static func defect(of text: String) -> String? {
        let form = "is not of the form SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>"
        let parts = text.utf8.split(separator: UInt8(ascii: "$"), omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].elementsEqual("SCRAM-SHA-256".utf8) else { return form }
        let first = parts[1].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        let keys = parts[2].split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard first.count == 2, keys.count == 2 else { return form }
        guard (1...9).contains(first[0].count), first[0].allSatisfy({ (0x30...0x39).contains($0) }),
            let iterations = Int(String(decoding: first[0], as: UTF8.self))
        else { return "has no iteration count" }
        guard iterations >= iterationsMin else { return "has fewer than \(iterationsMin) iterations" }
        guard let salt = Base64Text.decode(first[1]), !salt.isEmpty else { return "has a salt that is not base64" }
        for (key, name) in zip(keys, ["StoredKey", "ServerKey"]) where Base64Text.decode(key)?.count != 32 {
            return "has a \(name) that is not 32 bytes of base64"
        }
        return nil
    }
}
