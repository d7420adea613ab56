import Glibc
import TransparencyLog

/// Reads and writes the files that keys are kept in.
enum KeyFile {
    /// Reads a text file of at most `bytesMax` bytes.
    static func read(_ path: String, bytesMax: Int = 64 * 1024) throws(Failure) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Failure(message: "cannot read \(path): \(errnoText())", remedy: "Check the path and its permissions.")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while bytes.count < bytesMax {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else { throw Failure(message: "cannot read \(path): \(errnoText())") }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        guard let text = String(validating: bytes.prefix(bytesMax), as: UTF8.self) else {
            throw Failure(message: "\(path) is not a text file.")
        }
        return text
    }

    /// Creates a key's two files, neither of which may exist yet: the secret one, and `<path>.pub`.
    static func createPair(_ path: String, secret: String, public text: String) throws(Failure) {
        try create(path, secret, isSecret: true)
        try create(path + ".pub", text, isSecret: false)
    }

    /// Creates a file that must not exist yet; `isSecret` keeps it from everybody but its owner.
    static func create(_ path: String, _ text: String, isSecret: Bool) throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, isSecret ? 0o600 : 0o644)
        guard descriptor >= 0 else {
            throw Failure(
                message: "cannot create \(path): \(errnoText())",
                remedy: errno == EEXIST ? "A key is never overwritten: move the old one away first." : nil)
        }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard written == bytes.count, fsync(descriptor) == 0 else {
            throw Failure(message: "cannot write \(path): \(errnoText())")
        }
    }

    /// A log's public key: from a file, or given as it is.
    static func verifierKey(_ fileOrKey: String) throws(Failure) -> VerifierKey {
        let isKey = fileOrKey.utf8.contains(UInt8(ascii: "+")) && access(fileOrKey, F_OK) != 0
        let text = isKey ? fileOrKey : try read(fileOrKey)
        let line = text.split(whereSeparator: \.isWhitespace).first.map(String.init) ?? ""
        do {
            return try VerifierKey(parsing: line)
        } catch {
            throw Failure(
                message: "\(isKey ? "the key given" : fileOrKey) is not a log's public key: \(error)",
                remedy: "It is one line, name+hash+base64, as `ringfence keygen log` writes it to <file>.pub.")
        }
    }

    static func errnoText() -> String { String(cString: strerror(errno)) }
}
