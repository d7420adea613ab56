import ArgumentParser
import TransparencyLog

extension Ledger {
    struct ProveRange: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "range",
            abstract: "Prove that certain entries are a range of the ledger, all of them and no others.",
            usage: """
                ringfence ledger range FROM TO --ledger DIRECTORY --key KEY [--output FILE]
                ringfence ledger range --verify FILE --entries ENTRIES --key KEY
                """,
            discussion: """
                FROM is the first entry's index, TO the one after the last. The second form needs no ledger: ENTRIES \
                is a directory with the range's bundles (tile/entries/…), such as a part of a published copy, or a \
                file with one entry on each line, in order. Exits with 1 if they are not exactly the range.
                """)

        @Argument(help: "The first entry's index.") var from: UInt64?
        @Argument(help: "The index after the last entry's.") var to: UInt64?
        @OptionGroup var logKey: LogKeyOption
        @Option(help: "The ledger's directory, or a published copy.") var ledger: String?
        @Option(name: .shortAndLong, help: "The file to write; standard output if absent.") var output: String?
        @Option(help: "The range file to verify.") var verify: String?
        @Option(help: "The entries to verify: a directory with their bundles, or a file of lines.") var entries: String?

        private enum Work {
            case prove(Range<UInt64>, ledger: String)
            case verify(file: String, entries: String)
        }

        func validate() throws { _ = try work() }

        private func work() throws(ValidationError) -> Work {
            switch (from, to, ledger, verify, entries) {
            case (let from?, let to?, let ledger?, nil, nil):
                guard from < to else { throw ValidationError("FROM is below TO: a range has entries") }
                return .prove(from..<to, ledger: ledger)
            case (nil, nil, nil, let file?, let entries?) where output == nil:
                return .verify(file: file, entries: entries)
            default: throw ValidationError("give FROM, TO and --ledger, or --verify and --entries")
            }
        }

        func run() async throws {
            try await reportingFailure {
                let key = try logKey.keys()
                switch try work() {
                case .prove(let range, let ledger): try prove(range, in: .named(ledger), key)
                case .verify(let file, let entries): try check(file, entries, key)
                }
            }
        }

        private func prove(_ range: Range<UInt64>, in directory: LogDirectory, _ key: LogKeys) throws {
            let text = String(decoding: try directory.prove(range, verifiedBy: key).bytes, as: UTF8.self)
            guard let output else { return print(text, terminator: "") }
            try KeyFile.create(output, text, isSecret: false)
        }

        private func check(_ path: String, _ entries: String, _ key: LogKeys) throws {
            let text = try KeyFile.read(path)
            let file: RangeProofFile
            let checkpoint: SignedCheckpoint
            var check: RangeCheck
            do throws(NoteError) {
                file = try RangeProofFile(parsing: text.utf8)
                (checkpoint, check) = try file.check(log: key)
            } catch {
                throw Failure(kind: .found, message: "\(path) proves nothing: \(error)")
            }
            var source = try RangeEntries(entries, range: file.range, size: checkpoint.size)
            while let entry = try source.next() { check.read(.leaf(entry)) }
            guard check.leads(to: checkpoint.root) else {
                throw Failure(
                    kind: .found,
                    message: "these are not entries \(file.range.lowerBound) up to \(file.range.upperBound) of "
                        + "\(checkpoint.origin): they do not lead to the checkpoint's root",
                    remedy: "An entry is missing, added, changed or in another place, or the proof itself is damaged.")
            }
            print(
                "Exactly entries \(file.range.lowerBound) up to \(file.range.upperBound) of \(checkpoint.origin), "
                    + "of the \(checkpoint.size) under root \(checkpoint.root.base64).")
        }
    }
}
