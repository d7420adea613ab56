/// Why the enclosure could not be read, compiled or applied.
public struct EnclosureError: Error, Sendable, Hashable, CustomStringConvertible {
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let nameTooLong = Code(rawValue: "nameTooLong")
        /// The database could not be reached.
        public static let unreachable = Code(rawValue: "unreachable")
        /// The database refused a statement.
        public static let refused = Code(rawValue: "refused")
        /// The profile asks for what the database cannot give, such as a column that is not there.
        public static let incompatible = Code(rawValue: "incompatible")
    }

    public var code: Code
    public var message: String
    public var remedy: String?
    /// PostgreSQL's, where it has one.
    public var sqlState: String?

    public init(code: Code, message: String, remedy: String? = nil, sqlState: String? = nil) {
        self.code = code
        self.message = message
        self.remedy = remedy
        self.sqlState = sqlState
    }

    public var description: String { remedy.map { "\(message) \($0)" } ?? message }
}
