internal import Glibc

/// A file of the configuration, read whole.
struct TextFile {
    static let bytesMax = 8 << 20

    let path: String
    let bytes: [UInt8]

    /// - Parameter askedBy: Where the configuration names the file; nil for the file given on the command line.
    init(reading path: String, askedBy: FilePlace? = nil) throws(ConfigurationProblems) {
        func refuse(_ what: String) -> ConfigurationProblems {
            let message = "cannot read \(path): \(what)"
            let place = askedBy?.error(message, "Paths are relative to the file that names them.")
            return ConfigurationProblems(diagnostics: [
                place
                    ?? Diagnostic(file: path, line: 0, column: 0, severity: .error, message: "cannot be read: \(what)")
            ])
        }
        guard let stream = fopen(path, "rb") else { throw refuse(String(cString: strerror(errno))) }
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&chunk, 1, chunk.count, stream)
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= Self.bytesMax else { throw refuse("it is longer than \(Self.bytesMax >> 20) MiB") }
            if count < chunk.count { break }
        }
        guard ferror(stream) == 0 else { throw refuse(String(cString: strerror(errno))) }
        self.path = path
        self.bytes = bytes
    }

    func text() throws(ConfigurationProblems) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        let valid = String(decoding: bytes, as: UTF8.self).utf8
        let intact = zip(valid, bytes).prefix { $0 == $1 }.count
        let line = bytes.prefix(intact).reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
        throw ConfigurationProblems(diagnostics: [
            Diagnostic(
                file: path, line: line, column: 0, severity: .error, message: "this is not UTF-8",
                remedy: "Save the file as UTF-8.")
        ])
    }

    static func resolve(_ path: String, beside file: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return String(file[...slash]) + path
    }
}
