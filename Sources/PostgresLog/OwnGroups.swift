import Synchronization
import TransparencyLog

/// What this writer committed and what is not known to be signed: a database that gives back other entries than it was
/// given is noticed before they are signed, or right after another writer signed them.
final class OwnGroups: Sendable {
    struct Group: Sendable {
        let range: Range<UInt64>
        /// Over the entries' leaf hashes.
        let digest: Hash

        init(first: UInt64, entries: some Collection<[UInt8]>) {
            range = first..<first + UInt64(entries.count)
            digest = Self.digest(entries)
        }

        func holds(_ entries: some Collection<[UInt8]>) -> Bool { Self.digest(entries) == digest }

        private static func digest(_ entries: some Collection<[UInt8]>) -> Hash {
            .leaf(entries.flatMap { Hash.leaf($0).bytes })
        }
    }

    private let groups = Mutex<[Group]>([])

    func add(_ group: Group) { groups.withLock { $0.append(group) } }

    /// Those that begin before `size`; they are not looked at again unless they end behind it.
    func take(below size: UInt64) -> [Group] {
        groups.withLock { groups in
            let taken = groups.prefix { $0.range.lowerBound < size }
            groups.removeFirst(taken.count { $0.range.upperBound <= size })
            return Array(taken)
        }
    }
}
