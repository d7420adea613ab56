import ArgumentParser
import Glibc
import TransparencyLog

extension Ledger {
    struct Prove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a proof that entry N is in the ledger (C2SP tlog-proof), checked before it is written.")

        @Argument(help: "The entry's index.") var index: UInt64
        @OptionGroup var ledger: LedgerOptions
        @Option(name: .shortAndLong, help: "The file to write; standard output if absent.") var output: String?

        func run() async throws {
            try await reportingFailure {
                let proof = try ledger.directory.prove(EntryIndex(index), verifiedBy: ledger.keys())
                guard let output else {
                    return print(String(decoding: proof.bytes, as: UTF8.self), terminator: "")
                }
                try KeyFile.create(output, String(decoding: proof.bytes, as: UTF8.self), isSecret: false)
            }
        }
    }
}
