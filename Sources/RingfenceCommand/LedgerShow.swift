import ArgumentParser
import Evidence
import Foundation
import Ringfence
import TransparencyLog

extension Ledger {
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show entry N, after proving that it is under the signed checkpoint.")

        @Argument(help: "The entry's index.") var index: UInt64
        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var auditor: AuditorOptions

        func run() async throws {
            try await reportingFailure {
                let shown = try ShownEntry(
                    EntryIndex(index), in: ledger.directory, key: ledger.keys(), auditor: auditor.access())
                print(TerminalText.line("entry \(shown.index): \(shown.entry.kind) at \(shown.entry.time)"))
                print(indented(shown.bytes))
                if let detail = shown.detail { print("detail:\n\(indented(detail.json))") }
            }
        }

        private func indented(_ json: [UInt8]) -> String {
            guard let object = try? JSONSerialization.jsonObject(with: Data(json)),
                let data = try? JSONSerialization.data(
                    withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
            else { return TerminalText.json(json) }
            return TerminalText.json(Array(data))
        }
    }
}
