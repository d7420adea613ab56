import TransparencyLog

/// The file in which a witness's operator lists the logs that it cosigns: a public key on each line.
enum WitnessedLogs {
    /// Lines read `name+hash+base64`, or as in a tlog-policy file `log name+hash+base64 [URL]`; what begins with # is a
    /// comment.
    static func read(_ path: String) throws(Failure) -> [VerifierKey] {
        let text = try KeyFile.read(path)
        var keys: [VerifierKey] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" })
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            func refuse(_ what: String) -> Failure {
                Failure(
                    kind: .found, message: "\(path):\(index + 1): \(what)",
                    remedy: "A line is a log's public key, name+hash+base64: its operator has it as <file>.pub.")
            }
            if first == "log" { words.removeFirst() }
            guard let word = words.first, words.count == 1 || (first == "log" && words.count == 2) else {
                throw refuse("this is not one key")
            }
            let key: VerifierKey
            do {
                key = try VerifierKey(parsing: String(word))
            } catch {
                throw refuse("\(error)")
            }
            guard key.algorithm == .ed25519 else { throw refuse("this is a witness's key, not a log's") }
            guard !keys.contains(key) else { throw refuse("this key stands in the file already") }
            keys.append(key)
        }
        guard !keys.isEmpty else {
            throw Failure(
                kind: .found, message: "\(path) lists no log.",
                remedy: "Write the public key of each log to be cosigned, one to a line.")
        }
        return keys
    }
}
