import Foundation
import TestSupport
import Testing

@Suite struct LedgerRedactionTests {
    @Test func `an operator erases a statement's detail, and the ledger still verifies`() throws {
        let deployment = try Deployment(.v15, users: 60)
        try deployment.startGateway()
        try expectSuccess(
            deployment.psql(
                as: "alice",
                "SELECT email FROM app.users WHERE handle = 'needle-in-the-ledger';\nSELECT email FROM app.users WHERE handle = 'kept-in-the-ledger';\n"
            ))
        // The checkpoint follows the entries by a fraction of a second.
        var statements: [UInt64] = []
        for _ in 0..<50 where statements.isEmpty {
            statements = try deployment.statements(containing: "needle-in-the-ledger")
            usleep(100_000)
        }
        let index = try #require(statements.first)

        let unknown = try deployment.ringfence(
            "ledger", "redact", "99999", "--reason", "asked", "--config", deployment.configuration)
        #expect(unknown.status == 1 && unknown.errors.contains("has no entry 99999"), "\(unknown)")
        let redacted = try deployment.ringfence(
            "ledger", "redact", String(index), "--reason", "asked", "--by", "dana", "--config",
            deployment.configuration)
        try expectSuccess(redacted)
        let again = try deployment.ringfence(
            "ledger", "redact", String(index), "--reason", "asked", "--config", deployment.configuration)
        #expect(again.status == 1 && again.errors.contains("there is no detail to erase"), "\(again)")
        #expect(redacted.output.hasPrefix("The details of 1 entry are erased; entry "), "\(redacted)")
        #expect(try deployment.statements(containing: "needle-in-the-ledger").isEmpty)
        #expect(try deployment.statements(containing: "kept-in-the-ledger").count == 1)
        let retained = try deployment.ringfence("ledger", "retain", "--config", deployment.configuration)
        #expect(retained.succeeded && retained.output == "No detail is too old.\n", "\(retained)")

        try expectSuccess(deployment.psql(as: "alice", "SELECT 1;\n"))
        deployment.stopGateway()
        let verified = try deployment.ringfence(
            "ledger", "verify", deployment.ledger, "--key", deployment.logKey)
        try expectSuccess(verified)
        #expect(verified.output.contains("the details of 1 entry were erased (request)"), "\(verified)")
    }
}

extension Deployment {
    /// The entries of the statements in whose text an auditor reads `text`.
    fileprivate func statements(containing text: String) throws -> [UInt64] {
        let audit = try ringfence("audit", "--ledger", ledger, "--key", logKey, "--auditor-key", auditorKey, "--json")
        let report = try #require(
            JSONSerialization.jsonObject(with: Data(audit.output.utf8)) as? [String: Any], "\(audit)")
        let statements = try #require(report["statements"] as? [[String: Any]], "\(audit)")
        return statements.filter { ($0["sql"] as? String)?.contains(text) == true }.compactMap {
            ($0["entry"] as? NSNumber)?.uint64Value
        }
    }
}
