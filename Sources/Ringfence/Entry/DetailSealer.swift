internal import Crypto
internal import Synchronization
public import TransparencyLog

/// The epoch that new details belong to: the index of its entry and what that commits to.
public struct Epoch: Sendable, Hashable {
    public let index: EntryIndex
    public let commitment: EpochKeyCommitment
    /// Whether its key is sealed to anybody. If not, details are committed to but not kept.
    public let isReadable: Bool
}

/// Encrypts details as the log writes them, each under the key of the epoch that its entry commits to.
///
/// AES-256-GCM; the nonce is the entry's index, which no key sees twice: a key is drawn when the log is opened, at the
/// latest a day later, and an index that is not above the last one sealed under a key is refused. Where the index is
/// not known yet, and a transaction that fails gives it to another entry, the sealer numbers details itself.
public final class DetailSealer: Sendable {
    /// What a detail looks like on its way to the writer: the epoch's index (8 bytes, big-endian), then the detail.
    static let epochBytes = 8
    static let version: UInt8 = 1
    /// Of details that are numbered by the sealer: the number follows the epoch's index.
    static let numberedVersion: UInt8 = 2
    static let numberBytes = 8
    private static let nonceBytes = 12
    private static let tagBytes = 16
    /// Sessions that took their epoch just before a new one began are still to be sealed.
    static let epochsKept = 4

    private struct Live {
        let key: EpochKey
        let epoch: Epoch
        /// The index after the last one sealed under this key.
        var next: UInt64 = 0
        /// How many were numbered under this key.
        var numbered: UInt64 = 0
    }

    private let origin: String
    private let live = Mutex<[Live]>([])

    /// - Parameter origin: The log's, as its checkpoints name it: a detail does not open in another log.
    public init(origin: String) { self.origin = origin }

    /// From now on details are sealed under `key`, whose `epoch` entry the log took at `index`.
    ///
    /// - Parameter isReadable: Whether that entry seals the key to any auditor.
    @discardableResult
    public func begin(_ key: EpochKey, at index: EntryIndex, isReadable: Bool) -> Epoch {
        let epoch = Epoch(index: index, commitment: key.commitment, isReadable: isReadable)
        live.withLock { live in
            live.append(Live(key: key, epoch: epoch))
            if live.count > Self.epochsKept { live.removeFirst() }
        }
        return epoch
    }

    /// Nil before the first ``begin(_:at:isReadable:)``.
    public var epoch: Epoch? { live.withLock { $0.last?.epoch } }

    /// What the log's writer calls.
    ///
    /// - Returns: Version (1 byte), the epoch's index (8 bytes), ciphertext and tag. Empty if the detail's epoch is
    ///   not known or the index was sealed before: a detail may be lost so, but never shown.
    public func seal(_ index: EntryIndex, _ detail: [UInt8]) -> [UInt8] {
        guard let epochIndex = Self.epochIndex(of: detail), let key = claim(index, of: epochIndex),
            let nonce = try? AES.GCM.Nonce(data: Self.nonce(index)),
            let box = try? AES.GCM.seal(
                detail.dropFirst(Self.epochBytes), using: key.key, nonce: nonce,
                authenticating: Self.associatedData(index.rawValue, epoch: epochIndex, origin: origin)),
            let combined = box.combined
        else { return [] }
        var sealed: [UInt8] = []
        sealed.reserveCapacity(1 + detail.count + Self.tagBytes)
        sealed.append(Self.version)
        sealed.append(contentsOf: detail[..<Self.epochBytes])
        sealed.append(contentsOf: combined.dropFirst(Self.nonceBytes))
        return sealed
    }

    /// What the writer of a log that several gateways share calls: the entry's index is not known then.
    ///
    /// - Returns: Version (1 byte), the epoch's index (8 bytes), the detail's number (8 bytes), ciphertext and tag.
    ///   Empty if the detail's epoch is not known.
    public func seal(_ detail: [UInt8]) -> [UInt8] {
        guard let epochIndex = Self.epochIndex(of: detail), let (key, number) = takeNumber(of: epochIndex),
            let nonce = try? AES.GCM.Nonce(data: Self.nonce(number: number)),
            let box = try? AES.GCM.seal(
                detail.dropFirst(Self.epochBytes), using: key.key, nonce: nonce,
                authenticating: Self.associatedData(number, epoch: epochIndex, origin: origin)),
            let combined = box.combined
        else { return [] }
        var sealed: [UInt8] = []
        sealed.reserveCapacity(1 + detail.count + Self.numberBytes + Self.tagBytes)
        sealed.append(Self.numberedVersion)
        sealed.append(contentsOf: detail[..<Self.epochBytes])
        sealed.append(contentsOf: Self.bigEndian(number))
        sealed.append(contentsOf: combined.dropFirst(Self.nonceBytes))
        return sealed
    }

    private func takeNumber(of epochIndex: UInt64) -> (EpochKey, UInt64)? {
        live.withLock { live in
            guard let position = live.lastIndex(where: { $0.epoch.index.rawValue == epochIndex }),
                live[position].numbered < .max
            else { return nil }
            defer { live[position].numbered += 1 }
            return (live[position].key, live[position].numbered)
        }
    }

    private func claim(_ index: EntryIndex, of epochIndex: UInt64) -> EpochKey? {
        live.withLock { live in
            guard let position = live.lastIndex(where: { $0.epoch.index.rawValue == epochIndex }),
                index.rawValue >= live[position].next, index.rawValue < .max
            else { return nil }
            live[position].next = index.rawValue + 1
            return live[position].key
        }
    }

    static func bigEndian(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

    static func nonce(_ index: EntryIndex) -> [UInt8] { [0, 0, 0, 0] + bigEndian(index.rawValue) }

    /// Apart from every nonce that an index makes.
    static func nonce(number: UInt64) -> [UInt8] { [numberedVersion, 0, 0, 0] + bigEndian(number) }

    /// - Parameter number: What the nonce was made of.
    static func associatedData(_ number: UInt64, epoch: UInt64, origin: String) -> [UInt8] {
        var data: [UInt8] = []
        data.reserveCapacity(64 + origin.utf8.count)
        DetailCommitment.label.withUTF8Buffer { data.append(contentsOf: $0) }
        withUnsafeBytes(of: number.bigEndian) { data.append(contentsOf: $0) }
        withUnsafeBytes(of: epoch.bigEndian) { data.append(contentsOf: $0) }
        data.append(contentsOf: origin.utf8)
        return data
    }

    static func epochIndex(of bytes: some Collection<UInt8>) -> UInt64? {
        let index = bytes.prefix(epochBytes)
        guard index.count == epochBytes else { return nil }
        return index.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
