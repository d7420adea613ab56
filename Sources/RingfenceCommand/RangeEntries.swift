import Glibc
import TransparencyLog

/// The entries that somebody says are a range: out of bundles, or one on each line of a file.
struct RangeEntries {
    private enum Source {
        case bundles(EntryReader)
        case lines(LineReader)
    }

    private var source: Source

    /// - Parameter size: Of the checkpoint that the range is under.
    init(_ path: String, range: Range<UInt64>, size: UInt64) throws(Failure) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw Failure(
                message: "cannot read \(path): \(KeyFile.errnoText())", remedy: "Check the path and its permissions.")
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            source = .bundles(LogDirectory(path).entries(range, size: size))
        } else {
            source = .lines(try LineReader(path))
        }
    }

    mutating func next() throws(Failure) -> [UInt8]? {
        switch source {
        case .lines(let reader): return try reader.next()
        case .bundles(var reader):
            do throws(LogVerificationError) {
                let entry = try reader.next()?.entry
                source = .bundles(reader)
                return entry
            } catch {
                throw Failure(kind: .found, message: "\(error.path): \(error.what)", remedy: error.remedy)
            }
        }
    }
}

/// The lines of a file that may be longer than memory; each is at most as long as an entry may be.
private final class LineReader {
    private let path: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var isAtEnd = false

    init(_ path: String) throws(Failure) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(message: "cannot read \(path): \(KeyFile.errnoText())") }
    }

    deinit { close(descriptor) }

    func next() throws(Failure) -> [UInt8]? {
        var searched = 0
        while true {
            if let end = buffer[searched...].firstIndex(of: 0x0A) {
                let line = Array(buffer[..<end])
                buffer.removeFirst(end + 1)
                return line
            }
            searched = buffer.count
            if isAtEnd {
                defer { buffer = [] }
                return buffer.isEmpty ? nil : buffer
            }
            guard buffer.count <= LogRecord.entryBytesMax else {
                throw Failure(
                    kind: .found, message: "\(path) has a line of more than \(LogRecord.entryBytesMax) bytes",
                    remedy: "Give one entry on each line, or a directory with bundles.")
            }
            try fill()
        }
    }

    private func fill() throws(Failure) {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR { return }
        guard count >= 0 else { throw Failure(message: "cannot read \(path): \(KeyFile.errnoText())") }
        isAtEnd = count == 0
        buffer += chunk[..<count]
    }
}
