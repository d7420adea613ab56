internal import Crypto
internal import TransparencyLog

/// Writes a detail: one JSON object, after the 8 bytes that tell the sealer its epoch.
///
/// What is long is cut, with its length and SHA-256 in full: an auditor who gets the text from elsewhere can check it.
struct DetailWriter {
    /// Of a statement's text, and of its parameters together, in bytes as sent. With every byte escaped (six for one)
    /// both fit the log's bound on details.
    static let sqlBytesMax = 65_536
    static let parameterBytesMax = 65_536
    static let parametersMax = 4096
    private var writer: EntryWriter
    private let epoch: Epoch

    init(under epoch: Epoch, salt: SaltSource.Salt, capacity: Int) {
        self.epoch = epoch
        writer = EntryWriter(capacity: capacity)
        writer.bigEndian(epoch.index.rawValue)
        writer.raw("{\"salt\":\"")
        withUnsafeBytes(of: salt) { writer.base64($0) }
        writer.raw("\"")
    }

    /// Nothing if the value is nil.
    mutating func member(_ key: StaticString, _ value: String?) {
        guard let value else { return }
        writer.raw(",\"")
        writer.raw(key)
        writer.raw("\":")
        writer.string(Self.bounded(value))
    }

    /// Members that were serialised before, with a comma in front.
    mutating func fragment(_ json: [UInt8]) { writer.raw(json) }

    mutating func sql(_ text: some Collection<UInt8>) {
        writer.raw(",\"sql\":")
        Self.withBytes(of: text) { value($0, bytesMax: Self.sqlBytesMax) }
    }

    mutating func parameters<Parameter: Collection<UInt8>>(_ parameters: some Collection<Parameter?>) {
        var budget = Self.parameterBytesMax
        var written = 0
        writer.raw(",\"parameters\":[")
        for parameter in parameters {
            if written > 0 { writer.raw(",") }
            guard written < Self.parametersMax, budget > 0 else {
                writer.raw("{\"omitted\":")
                writer.decimal(UInt64(parameters.count - written))
                writer.raw("}")
                break
            }
            written += 1
            guard let parameter else {
                writer.raw("null")
                continue
            }
            Self.withBytes(of: parameter) { bytes in
                value(bytes, bytesMax: budget)
                budget -= min(bytes.count, budget)
            }
        }
        writer.raw("]")
    }

    /// The record of the entry in `header`, which ends with the commitment to this detail.
    ///
    /// What nobody could ever open is not kept; the commitment stands all the same.
    mutating func record(completing header: inout EntryWriter) -> LogRecord {
        writer.raw("}")
        let detail = writer.bytes
        header.raw(",\"epoch\":")
        header.decimal(epoch.index.rawValue)
        header.raw(",\"commitment\":\"")
        let digest = detail.withUnsafeBytes { detail in
            DetailCommitment.digest(
                of: UnsafeRawBufferPointer(rebasing: detail[DetailSealer.epochBytes...]), under: epoch.commitment)
        }
        digest.withUnsafeBytes { header.base64($0) }
        header.raw("\"}")
        return LogRecord(entry: header.bytes, detail: epoch.isReadable ? detail : nil)
    }

    private static func withBytes(
        of bytes: some Collection<UInt8>, _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { body(UnsafeRawBufferPointer($0)) }
        if done == nil { Array(bytes).withUnsafeBytes(body) }
    }

    /// Text as it is, other bytes as `{"base64":…}`, and what is too long as
    /// `{"start":…,"bytes":…,"sha256":…}` with as much of it as fits.
    private mutating func value(_ bytes: UnsafeRawBufferPointer, bytesMax: Int) {
        guard bytes.count > bytesMax else { return whole(bytes) }
        writer.raw("{\"start\":")
        let start = UnsafeRawBufferPointer(rebasing: bytes[..<bytesMax])
        whole(UnsafeRawBufferPointer(rebasing: start[..<UTF8Text.lastBoundary(of: start)]))
        writer.raw(",\"bytes\":")
        writer.decimal(UInt64(bytes.count))
        writer.raw(",\"sha256\":\"")
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        writer.hexadecimal(hasher.finalize())
        writer.raw("\"}")
    }

    private mutating func whole(_ bytes: UnsafeRawBufferPointer) {
        if UTF8Text.isValid(bytes) {
            writer.string(utf8: bytes)
        } else {
            writer.raw("{\"base64\":\"")
            writer.base64(bytes)
            writer.raw("\"}")
        }
    }

    /// Addresses and names are short; should one not be, its start will do.
    private static func bounded(_ text: String) -> String {
        text.utf8.count <= 1024 ? text : String(text.unicodeScalars.prefix(256))
    }
}

/// UTF-8 as the Unicode standard defines it: no surrogates, nothing overlong.
enum UTF8Text {
    static func isValid(_ text: UnsafeRawBufferPointer) -> Bool {
        var position = 0
        let count = text.count
        while position < count {
            let byte = text[position]
            if byte < 0x80 {
                position += 1
                continue
            }
            guard let length = sequenceLength(at: position, in: text) else { return false }
            position += length
        }
        return true
    }

    private static func sequenceLength(at position: Int, in text: UnsafeRawBufferPointer) -> Int? {
        func continuation(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
            position + offset < text.count && range.contains(text[position + offset])
        }
        switch text[position] {
        case 0xC2...0xDF: return continuation(1) ? 2 : nil
        case 0xE0: return continuation(1, 0xA0...0xBF) && continuation(2) ? 3 : nil
        case 0xE1...0xEC, 0xEE...0xEF: return continuation(1) && continuation(2) ? 3 : nil
        case 0xED: return continuation(1, 0x80...0x9F) && continuation(2) ? 3 : nil
        case 0xF0: return continuation(1, 0x90...0xBF) && continuation(2) && continuation(3) ? 4 : nil
        case 0xF1...0xF3: return continuation(1) && continuation(2) && continuation(3) ? 4 : nil
        case 0xF4: return continuation(1, 0x80...0x8F) && continuation(2) && continuation(3) ? 4 : nil
        default: return nil
        }
    }

    /// Where to cut so that no character of a valid text is cut in two.
    static func lastBoundary(of text: UnsafeRawBufferPointer) -> Int {
        var position = text.count
        var back = 0
        while position > 0, back < 4 {
            position -= 1
            back += 1
            let byte = text[position]
            if byte & 0xC0 == 0x80 { continue }
            let length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
            return back >= length ? text.count : position
        }
        return text.count
    }
}
