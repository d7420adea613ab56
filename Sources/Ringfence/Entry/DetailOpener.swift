internal import Crypto
public import TransparencyLog

/// Opens details with an auditor's private key, and believes none that its entry does not commit to.
public struct DetailOpener: Sendable {
    private let auditor: AuditorAccess
    private let origin: String
    private var keys: [EntryIndex: EpochKey] = [:]

    /// - Parameter origin: The log's, as its checkpoint names it.
    public init(auditor: AuditorAccess, origin: String) {
        self.auditor = auditor
        self.origin = origin
    }

    /// Takes the key out of an `epoch` entry.
    ///
    /// - Returns: False if it is not sealed to this auditor.
    /// - Throws: ``SealError`` if it is, but cannot be opened or is not the key that the entry commits to.
    @discardableResult
    public mutating func learn(_ epoch: EpochStart, at index: EntryIndex) throws(SealError) -> Bool {
        guard let key = try auditor.key(of: epoch, at: index, origin: origin) else { return false }
        keys[index] = key
        return true
    }

    public func knows(_ epoch: EntryIndex) -> Bool { keys[epoch] != nil }

    /// - Parameters:
    ///   - sealed: What a ``DetailSealer`` made.
    ///   - reference: What the entry at `index` says of its detail.
    public func open(_ sealed: [UInt8], of reference: DetailReference, at index: EntryIndex)
        throws(SealError) -> Detail
    {
        guard !sealed.isEmpty else { throw .opening("the detail was not kept, or was erased since") }
        guard let key = keys[reference.epoch] else {
            throw .opening("the key of epoch \(reference.epoch) is not sealed to this auditor")
        }
        let isNumbered = sealed[0] == DetailSealer.numberedVersion
        let numberStart = 1 + DetailSealer.epochBytes
        let headBytes = numberStart + (isNumbered ? DetailSealer.numberBytes : 0)
        guard sealed.count >= headBytes + 16, isNumbered || sealed[0] == DetailSealer.version,
            DetailSealer.epochIndex(of: sealed[1...]) == reference.epoch.rawValue
        else { throw .opening("the sealed detail is not of this entry's epoch") }
        let number =
            isNumbered ? sealed[numberStart..<headBytes].reduce(0) { $0 << 8 | UInt64($1) } : index.rawValue
        let nonce = isNumbered ? DetailSealer.nonce(number: number) : DetailSealer.nonce(index)
        let opened: [UInt8]
        do {
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: nonce),
                ciphertext: sealed[headBytes..<(sealed.count - 16)],
                tag: sealed[(sealed.count - 16)...])
            let associated = DetailSealer.associatedData(number, epoch: reference.epoch.rawValue, origin: origin)
            opened = Array(try AES.GCM.open(box, using: key.key, authenticating: associated))
        } catch {
            throw .opening("the sealed detail was changed, or belongs to another entry")
        }
        guard DetailCommitment(to: opened, under: key.commitment) == reference.commitment else {
            throw .opening("the detail is not the one that the entry commits to")
        }
        return try Detail(json: opened)
    }
}

/// What an entry keeps from the public.
public struct Detail: Sendable, Hashable {
    /// The object that is committed to.
    public let json: [UInt8]
    private let members: [EntryJSON.Member]

    init(json: [UInt8]) throws(SealError) {
        guard let value = try? EntryJSON(parsing: json), case .object(let members) = value else {
            throw .opening("the detail is not JSON")
        }
        self.json = json
        self.members = members
    }

    /// Who, by the directory's name or, for a refused login, as claimed.
    public var principal: String? { text("principal") }
    public var address: String? { text("address") }
    public var reason: String? { text("reason") }
    /// The statement's text; where it was cut or is no text, what there is of it and a note.
    public var sql: String? { members["sql"].map(Self.readable) }
    /// The bound parameters, each as ``sql`` is; `NULL` for nulls.
    public var parameters: [String] {
        guard case .array(let elements) = members["parameters"] else { return [] }
        return elements.map(Self.readable)
    }

    private func text(_ member: StaticString) -> String? {
        guard case .string(let text) = members[member] else { return nil }
        return text.string
    }

    private static func readable(_ value: EntryJSON) -> String {
        switch value {
        case .string(let text): return text.string
        case .null: return "NULL"
        case .object(let members):
            if case .string(let bytes) = members["base64"] { return "base64:\(bytes.string)" }
            if let start = members["start"], case .integer(let count) = members["bytes"] {
                return "\(readable(start))… (\(count) bytes)"
            }
            if case .integer(let count) = members["omitted"] { return "… (\(count) more)" }
            return "?"
        case .bool, .integer, .array: return "?"
        }
    }
}
