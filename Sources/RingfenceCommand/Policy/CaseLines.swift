import Cedar
import Glibc

/// A file of JSON lines, or standard input: each line is answered with one line, in order.
struct CaseLines {
    /// A longer line is answered with an error.
    static let lineBytesMax = 64 << 20
    /// A line of nothing else is none (RFC 8259, section 2).
    private static let jsonSpace: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]

    private let file: UnsafeMutablePointer<FILE>
    private let name: String

    /// - Parameter path: `-` for standard input.
    init(_ path: String) throws(Failure) {
        guard let file = fopen(path == "-" ? "/dev/stdin" : path, "re") else {
            throw Failure(
                message: "cannot read \(path): \(String(cString: strerror(errno)))",
                remedy: "Check the path and its permissions, or give the cases on standard input with --cases -.")
        }
        self.file = file
        name = path == "-" ? "standard input" : path
    }

    /// Writes what `answer` makes of each line that is a JSON object, or why it could not be read. Ends with the file.
    func answerEach(_ answer: (JSONValue) throws(CaseError) -> JSONValue) throws(Failure) {
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        var number = 0
        defer {
            free(line)
            fclose(file)
        }
        while case let count = getline(&line, &capacity, file), count > 0, let start = line {
            number += 1
            let bytes = UnsafeRawBufferPointer(start: start, count: count)
            guard !bytes.allSatisfy({ Self.jsonSpace.contains($0) }) else { continue }
            write(reply(to: bytes, number, answer))
        }
        guard ferror(file) == 0 else {
            throw Failure(message: "cannot read \(name): \(String(cString: strerror(errno)))")
        }
    }

    private func reply(
        to bytes: UnsafeRawBufferPointer, _ number: Int, _ answer: (JSONValue) throws(CaseError) -> JSONValue
    ) -> JSONValue {
        guard bytes.count <= Self.lineBytesMax else {
            return Self.refusal("line \(number) is longer than \(Self.lineBytesMax) bytes", id: nil)
        }
        let json: JSONValue
        do throws(CedarDiagnostic) {
            json = try JSONValue(parsing: Array(bytes), fileName: "line \(number)")
        } catch {
            return Self.refusal(error.description, id: nil)
        }
        guard json.members != nil else { return Self.refusal("line \(number) is no JSON object", id: nil) }
        do throws(CaseError) {
            return try answer(json)
        } catch {
            return Self.refusal(error.message, id: json["id"])
        }
    }

    private static func refusal(_ message: String, id: JSONValue?) -> JSONValue {
        ["id": id ?? JSONValue(.null), "error": .text(message)]
    }

    private func write(_ answer: JSONValue) {
        writeToStandardOutput(answer.description)
    }
}

/// A line of a batch that cannot be answered.
struct CaseError: Error {
    var message: String

    init(_ message: String) { self.message = message }

    init(_ place: String, _ diagnostics: [CedarDiagnostic]) {
        message = "\(place): \(diagnostics.map(\.description).joined(separator: "; "))"
    }
}

extension JSONValue {
    static func text(_ text: String) -> JSONValue { JSONValue(.string(CedarString(text))) }

    /// The text of a member that must be one.
    func text(of key: CedarString) throws(CaseError) -> String {
        guard let text = self[key]?.string else { throw CaseError("\(key) is missing, or is no string") }
        return text.text
    }

    /// Nil where the member is missing or null.
    func optional(_ key: CedarString) -> JSONValue? {
        guard let value = self[key], !value.isNull else { return nil }
        return value
    }
}
