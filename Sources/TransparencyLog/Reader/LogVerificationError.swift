/// What is wrong with a log's directory, and with which of its files.
public struct LogVerificationError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// A file that the checkpoint requires is not there.
        public static let missing = Code(rawValue: "missing")
        /// A file does not hold what the checkpoint's root commits to, or cannot be parsed.
        public static let damaged = Code(rawValue: "damaged")
        /// The checkpoint is not signed by the log's key.
        public static let untrusted = Code(rawValue: "untrusted")
        /// Two checkpoints, or a copy and its source, tell different histories.
        public static let conflict = Code(rawValue: "conflict")
        /// The operating system refused to read or write.
        public static let unreadable = Code(rawValue: "unreadable")
        /// Entries that the log does not keep any more.
        public static let pruned = Code(rawValue: "pruned")
        /// An index or size beyond the checkpoint's.
        public static let outOfRange = Code(rawValue: "outOfRange")
    }

    public var code: Code
    /// The file, relative to the directory, such as `tile/0/x001/067`.
    public var path: String
    public var what: String
    public var remedy: String

    public init(code: Code, path: String, what: String, remedy: String) {
        self.code = code
        self.path = path
        self.what = what
        self.remedy = remedy
    }

    public var description: String { "\(path): \(what) (\(remedy))" }
}
