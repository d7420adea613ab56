import Foundation
import Ringfence
import TestSupport
import Testing

@Suite struct LedgerGuideTests {
    @Test func `every example in the ledger's guide is an entry, and every kind has one`() throws {
        let text = try String(contentsOfFile: "\(ServerBinaries.packageFolder)/docs/ledger.md", encoding: .utf8)
        var kinds: Set<EntryKind> = []
        for line in text.split(separator: "\n") where line.hasPrefix("{") {
            let entry = try Entry(parsing: Array(line.utf8))
            if case .unknown = entry.body { Issue.record("\(entry.kind) is not known") }
            kinds.insert(entry.kind)
        }
        let all: Set<EntryKind> = [
            .boot, .epoch, .heartbeat, .policy, .key, .profile, .session, .statement, .outcome, .notifications, .denied,
            .close, .passwordReset, .redaction, .retention, .pruning, .freeze,
        ]
        #expect(kinds == all)
    }
}
