public import TransparencyLog

/// Messages that a webhook has not taken yet: a file for each, in the order in which they were put there.
public struct WebhookQueue: Sendable {
    public struct Message: Sendable, Hashable {
        /// The same for each attempt: a receiver knows by it what it has already.
        public let id: String
        public let body: [UInt8]
        fileprivate let number: UInt64
    }

    /// So many may wait.
    public static let messagesMax = 10_000
    private static let bytesMax = 1 << 20
    private static let suffix = ".message"

    private let directory: String
    private let storage: any LogStorage

    /// Made if it is missing.
    public init(_ directory: String, storage: any LogStorage = POSIXStorage()) throws(StorageError) {
        self.directory = directory
        self.storage = storage
        try storage.createDirectory(directory)
    }

    /// Returns once the message survives a power cut.
    ///
    /// - Returns: False if too many wait already; then it was not put there.
    public func append(_ body: [UInt8]) throws(StorageError) -> Bool {
        let waiting = try numbers()
        guard waiting.count < Self.messagesMax else { return false }
        let number = (waiting.last ?? 0) + 1
        let random = UInt64.random(in: 0...UInt64.max)
        let id = "msg_\(String(random, radix: 36))\(String(number, radix: 36))"
        try storage.replace(path(number), with: Array("\(id)\n".utf8) + body, in: directory)
        return true
    }

    /// The one to be sent next. A file that is no message is skipped: nobody else writes there.
    public func first() throws(StorageError) -> Message? {
        for number in try numbers() {
            guard let bytes = try storage.contents(of: path(number), bytesMax: Self.bytesMax),
                let message = Self.parse(bytes, number)
            else { continue }
            return message
        }
        return nil
    }

    static func parse(_ bytes: [UInt8], _ number: UInt64) -> Message? {
        guard let end = bytes.prefix(64).firstIndex(of: 0x0A), bytes.starts(with: "msg_".utf8),
            bytes[4..<end].allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x7A) }), end > 4
        else { return nil }
        return Message(
            id: String(decoding: bytes[..<end], as: UTF8.self), body: Array(bytes[(end + 1)...]), number: number)
    }

    /// The webhook has it.
    public func remove(_ message: Message) throws(StorageError) {
        try storage.remove(path(message.number))
        try storage.synchronizeDirectory(directory)
    }

    private func path(_ number: UInt64) -> String {
        let digits = String(number)
        return "\(directory)/\(String(repeating: "0", count: 20 - digits.utf8.count))\(digits)\(Self.suffix)"
    }

    private func numbers() throws(StorageError) -> [UInt64] {
        try storage.list(directory).compactMap { name in
            name.hasSuffix(Self.suffix) ? UInt64(name.dropLast(Self.suffix.count)) : nil
        }.sorted()
    }
}
