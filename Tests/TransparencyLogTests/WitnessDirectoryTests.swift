import TestSupport
import Testing

@testable import TransparencyLog

struct WitnessDirectoryTests {
    private let key: CosigningKey

    init() throws { key = try CosigningKey(name: "w", seed: [UInt8](repeating: 2, count: 32)) }

    private func cosigned(_ size: UInt64, of log: SigningKey) throws -> WitnessedCheckpoint {
        let checkpoint = Checkpoint(origin: log.name, size: size, root: size == 0 ? .emptyRoot : .leaf([UInt8(size)]))
        let note = try log.sign(checkpoint.text)
        let line = try key.cosign(note.text, at: 100 + size)
        return WitnessedCheckpoint(
            checkpoint: checkpoint, time: 100 + size,
            note: try SignedNote(text: note.text, signatures: note.signatures + [line]))
    }

    @Test func `what was stored is there after a restart, for several logs`() throws {
        try withTemporaryDirectory { path in
            let (first, second) = (try testKey("log.example/a"), try testKey("log.example/b"))
            do {
                let directory = try WitnessDirectory(path + "/state")
                #expect(try directory.load(cosignedBy: key.verifierKey).isEmpty)
                try directory.store(cosigned(3, of: first))
                try directory.store(cosigned(5, of: second))
                try directory.store(cosigned(4, of: first))
                #expect(throws: StorageError.self) { try WitnessDirectory(path + "/state") }
            }
            let again = try WitnessDirectory(path + "/state")
            let loaded = try again.load(cosignedBy: key.verifierKey)
            #expect(loaded.map(\.checkpoint.size).sorted() == [4, 5])
            #expect(loaded.map(\.time).sorted() == [104, 105])
            // Another witness's key, or a file that somebody changed, is no state to go on from.
            let other = try CosigningKey.generate(name: "w2").verifierKey
            #expect(throws: LogError.self) { try again.load(cosignedBy: other) }
            let name = WitnessedCheckpoint.pathName(of: first.name)
            try POSIXStorage().rename("\(path)/state/\(name)", to: "\(path)/state/0123")
            #expect(throws: LogError.self) { try again.load(cosignedBy: key.verifierKey) }
        }
    }

    /// Power cuts between any two steps of storing: what was answered (so: stored) is never forgotten.
    @Test func `a power cut at any step loses nothing that was stored`() throws {
        let log = try testKey()
        for cut in 1..<60 {
            let store = FaultyStore()
            store.setFault { $0.number >= cut ? .notDone(5) : nil }
            var stored: UInt64 = 0
            do {
                let directory = try WitnessDirectory("/witness", storage: store)
                for size in 1...4 as ClosedRange<UInt64> {
                    try directory.store(cosigned(size, of: log))
                    stored = size
                }
            } catch {}
            for seed in 0..<5 as Range<UInt64> {
                var generator = SeededGenerator(seed: seed)
                let left = store.crashed(&generator)
                let loaded = try WitnessDirectory("/witness", storage: left).load(cosignedBy: key.verifierKey)
                #expect(loaded.first?.checkpoint.size ?? 0 >= stored, "cut at \(cut)")
            }
        }
    }
}
