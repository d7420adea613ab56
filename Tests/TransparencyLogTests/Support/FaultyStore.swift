import Glibc
import Synchronization

import TestSupport

@testable import TransparencyLog

/// A file system in memory that knows what would survive a crash, and fails on request.
///
/// Bytes survive once their file was synchronised, names once their directory was; of everything else a crash keeps
/// what the generator says: some writes and not others, each perhaps in part.
final class FaultyStore: LogStorage {
    enum Fault: Sendable {
        case notDone(Int32)
        case doneButFails(Int32)
        case torn(Int32)
    }

    struct Operation: Sendable {
        var name: String
        var path: String
        var number: Int
    }

    final class Node: Sendable {
        struct State {
            var bytes: [UInt8] = []
            var durable: [UInt8] = []
            var unsynchronized: [(offset: Int, bytes: [UInt8])] = []
        }
        let state = Mutex(State())
    }

    private struct State {
        var names: [String: Node] = [:]
        var unsynchronizedNames: [String: [(path: String, node: Node?)]] = [:]
        var durableNames: [String: Node] = [:]
        var locks: Set<String> = []
        var operations = 0
        var isHalted = false
        var fault: (@Sendable (Operation) -> Fault?)?
    }

    private let state = Mutex(State())

    init() {}

    /// From now on every operation is shown to `fault`.
    func setFault(_ fault: (@Sendable (Operation) -> Fault?)?) {
        state.withLock { $0.fault = fault }
    }

    var operationCount: Int { state.withLock { $0.operations } }

    /// Nothing is done any more.
    func halt() { state.withLock { $0.isHalted = true } }

    func bytes(_ path: String) -> [UInt8]? { node(path)?.state.withLock { $0.bytes } }
    func setBytes(_ path: String, _ bytes: [UInt8]) { node(path)?.state.withLock { $0.bytes = bytes } }
    var paths: [String] { state.withLock { $0.names.keys.sorted() } }
    func removeFile(_ path: String) { state.withLock { $0.names[path] = nil } }
    private func node(_ path: String) -> Node? { state.withLock { $0.names[path] } }

    /// What a crash now would leave.
    func crashed(_ generator: inout SeededGenerator) -> FaultyStore {
        let result = FaultyStore()
        let (durable, pending) = state.withLock { ($0.durableNames, $0.unsynchronizedNames) }
        var names = durable
        for (_, changes) in pending.sorted(by: { $0.key < $1.key }) {
            for change in changes.prefix(Int.random(in: 0...changes.count, using: &generator)) {
                names[change.path] = change.node
            }
        }
        var copies: [ObjectIdentifier: Node] = [:]
        for (path, node) in names.sorted(by: { $0.key < $1.key }) {
            let copy = copies[ObjectIdentifier(node)] ?? Self.survivor(of: node, &generator)
            copies[ObjectIdentifier(node)] = copy
            result.state.withLock {
                $0.names[path] = copy
                $0.durableNames[path] = copy
            }
        }
        return result
    }

    private static func survivor(of node: Node, _ generator: inout SeededGenerator) -> Node {
        let (durable, writes) = node.state.withLock { ($0.durable, $0.unsynchronized) }
        var bytes = durable
        for write in writes where Bool.random(using: &generator) {
            let kept =
                Bool.random(using: &generator)
                ? write.bytes.count : Int.random(in: 0...write.bytes.count, using: &generator)
            Self.apply(Array(write.bytes.prefix(kept)), at: write.offset, to: &bytes)
        }
        let copy = Node()
        copy.state.withLock {
            $0.bytes = bytes
            $0.durable = bytes
        }
        return copy
    }

    fileprivate static func apply(_ write: [UInt8], at offset: Int, to bytes: inout [UInt8]) {
        if bytes.count < offset + write.count {
            bytes += [UInt8](repeating: 0, count: offset + write.count - bytes.count)
        }
        bytes.replaceSubrange(offset..<(offset + write.count), with: write)
    }

    /// - Returns: The fault to act out, if not simply refused.
    fileprivate func begin(_ name: String, _ path: String) throws(StorageError) -> Fault? {
        let (fault, isHalted) = state.withLock { state in
            state.operations += 1
            if state.isHalted { return (Fault?.none, true) }
            return (state.fault?(Operation(name: name, path: path, number: state.operations)), state.isHalted)
        }
        if isHalted { throw StorageError(code: EIO, operation: name, path: path) }
        if case .notDone(let code) = fault { throw StorageError(code: code, operation: name, path: path) }
        return fault
    }

    fileprivate func end(_ fault: Fault?, _ name: String, _ path: String) throws(StorageError) {
        switch fault {
        case .doneButFails(let code), .torn(let code): throw StorageError(code: code, operation: name, path: path)
        case .notDone, nil: return
        }
    }

    func createDirectory(_ path: String) throws(StorageError) {}

    func lock(_ path: String) throws(StorageError) -> any LogLock {
        guard state.withLock({ $0.locks.insert(path).inserted }) else {
            throw StorageError(code: EWOULDBLOCK, operation: "flock", path: path)
        }
        return Lock(store: self, path: path)
    }

    private final class Lock: LogLock {
        let store: FaultyStore
        let path: String
        init(store: FaultyStore, path: String) {
            self.store = store
            self.path = path
        }
        func release() { store.state.withLock { _ = $0.locks.remove(path) } }
    }

    func list(_ directory: String) throws(StorageError) -> [String] {
        let prefix = directory + "/"
        let names = state.withLock { $0.names.keys.filter { $0.hasPrefix(prefix) } }
        return Set(names.compactMap { $0.dropFirst(prefix.count).split(separator: "/").first.map(String.init) })
            .sorted()
    }

    func open(_ path: String, writing: Bool, creating: Bool) throws(StorageError) -> (any LogFile)? {
        if let node = node(path) { return File(store: self, path: path, node: node) }
        guard creating else { return nil }
        let fault = try begin("create", path)
        let node = Node()
        change([(path, node)])
        try end(fault, "create", path)
        return File(store: self, path: path, node: node)
    }

    func rename(_ path: String, to newPath: String) throws(StorageError) {
        let fault = try begin("rename", path)
        guard let node = node(path) else { throw StorageError(code: ENOENT, operation: "rename", path: path) }
        change([(newPath, node), (path, nil)])
        try end(fault, "rename", path)
    }

    func remove(_ path: String) throws(StorageError) {
        let fault = try begin("remove", path)
        change([(path, nil)])
        try end(fault, "remove", path)
    }

    private func change(_ changes: [(path: String, node: Node?)]) {
        state.withLock { state in
            for change in changes {
                state.names[change.path] = change.node
                state.unsynchronizedNames[Self.parent(change.path), default: []].append(change)
            }
        }
    }

    func synchronizeDirectory(_ path: String) throws(StorageError) {
        let fault = try begin("fsync", path)
        state.withLock { state in
            for change in state.unsynchronizedNames.removeValue(forKey: path) ?? [] {
                state.durableNames[change.path] = change.node
            }
        }
        try end(fault, "fsync", path)
    }

    private static func parent(_ path: String) -> String {
        String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }

    private final class File: LogFile {
        let store: FaultyStore
        let path: String
        let node: Node

        init(store: FaultyStore, path: String, node: Node) {
            self.store = store
            self.path = path
            self.node = node
        }

        func size() throws(StorageError) -> UInt64 { node.state.withLock { UInt64($0.bytes.count) } }

        func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(StorageError) -> Int {
            let bytes = node.state.withLock { Array($0.bytes.dropFirst(Int(offset)).prefix(buffer.count)) }
            buffer.copyBytes(from: bytes)
            return bytes.count
        }

        func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(StorageError) {
            let fault = try store.begin("write", path)
            var bytes = Array(bytes)
            if case .torn = fault { bytes = Array(bytes.prefix(bytes.count / 2)) }
            node.state.withLock { state in
                FaultyStore.apply(bytes, at: Int(offset), to: &state.bytes)
                state.unsynchronized.append((Int(offset), bytes))
            }
            try store.end(fault, "write", path)
        }

        func synchronize() throws(StorageError) {
            let fault = try store.begin("fdatasync", path)
            node.state.withLock { state in
                state.durable = state.bytes
                state.unsynchronized = []
            }
            try store.end(fault, "fdatasync", path)
        }

        func truncate(to size: UInt64) throws(StorageError) {
            let fault = try store.begin("ftruncate", path)
            node.state.withLock { $0.bytes = Array($0.bytes.prefix(Int(size))) }
            try store.end(fault, "ftruncate", path)
        }

        func reserve(_ size: UInt64) throws(StorageError) {
            let fault = try store.begin("reserve", path)
            node.state.withLock { state in
                FaultyStore.apply([UInt8](repeating: 0, count: Int(size)), at: 0, to: &state.bytes)
                state.durable = state.bytes
                state.unsynchronized = []
            }
            try store.end(fault, "reserve", path)
        }
    }
}
