import Evidence
import Foundation
import Ringfence
import TestSupport
import Testing
import TransparencyLog

@Suite struct SharedEpochKeysTests {
    private func names(_ report: AuditReport) -> [String?] {
        guard case .answered(let answer) = report.result else { return [] }
        return answer.disclosure?.people.map(\.name) ?? []
    }

    @Test func `an auditor who comes later reads what another one shares, and nobody else does`() throws {
        let folder = try TemporaryDirectory()
        let first = try AuditorPrivateKey.generate(name: "first")
        let later = try AuditorPrivateKey.generate(name: "later")
        let key = try AuditTests.write(AuditTests.readers, in: folder.path, auditors: [first.publicKey]).verifierKey
        let directory = LogDirectory(folder.path)
        let (keys, epochs) = try SharedEpochKeys.sharing(
            directory, key: key, openedBy: AuditorAccess(first), with: later.publicKey)
        #expect(keys.count == 1 && epochs == 1)
        let shared = try SharedEpochKeys(parsing: keys.text)
        #expect(shared == keys)

        let audit = Audit(AuditQuery())
        let byFirst = try audit.run(directory, key: key, auditor: AuditorAccess(first))
        let byLater = try audit.run(directory, key: key, auditor: AuditorAccess(later, shared: shared))
        #expect(names(byFirst) == ["alice", "casey", "sasha"] && names(byLater) == names(byFirst))
        let withoutShare = try audit.run(directory, key: key, auditor: AuditorAccess(later))
        #expect(withoutShare.text.contains("opens nothing"))
        #expect(throws: SealError.self) { try AuditorAccess(first, shared: shared) }

        // What was shared can be shared on.
        let third = try AuditorPrivateKey.generate(name: "third")
        let (onward, _) = try SharedEpochKeys.sharing(
            directory, key: key, openedBy: AuditorAccess(later, shared: shared), with: third.publicKey)
        let byThird = try audit.run(directory, key: key, auditor: AuditorAccess(third, shared: onward))
        #expect(names(byThird) == names(byFirst))
    }

    @Test func `another key than the epoch's opens nothing, whoever sealed it`() throws {
        let folder = try TemporaryDirectory()
        let other = try TemporaryDirectory()
        let first = try AuditorPrivateKey.generate(name: "first")
        let later = try AuditorPrivateKey.generate(name: "later")
        let key = try AuditTests.write(AuditTests.readers, in: folder.path, auditors: [first.publicKey]).verifierKey
        let otherKey = try AuditTests.write(AuditTests.readers, in: other.path, auditors: [first.publicKey]).verifierKey
        let (keys, _) = try SharedEpochKeys.sharing(
            LogDirectory(other.path), key: otherKey, openedBy: AuditorAccess(first), with: later.publicKey)
        let report = try Audit(AuditQuery()).run(
            LogDirectory(folder.path), key: key, auditor: AuditorAccess(later, shared: keys))
        #expect(names(report).compactMap { $0 }.isEmpty)
        guard case .answered(let answer) = report.result else { throw ChildProcessError(report.text) }
        #expect(answer.disclosure?.findings.count(.gap) ?? 0 > 0)
    }

    @Test func `keys of another log are refused as a key that opens nothing is`() throws {
        let folder = try TemporaryDirectory()
        let first = try AuditorPrivateKey.generate(name: "first")
        let later = try AuditorPrivateKey.generate(name: "later")
        let key = try AuditTests.write(AuditTests.readers, in: folder.path, auditors: [first.publicKey]).verifierKey
        let (keys, _) = try SharedEpochKeys.sharing(
            LogDirectory(folder.path), key: key, openedBy: AuditorAccess(first), with: later.publicKey)
        let elsewhere = try SharedEpochKeys(
            parsing: keys.text.replacingOccurrences(of: "origin ledger.example.test", with: "origin other.example.test")
        )
        let report = try Audit(AuditQuery()).run(
            LogDirectory(folder.path), key: key, auditor: AuditorAccess(later, shared: elsewhere))
        #expect(report.text.contains("opens nothing"), "\(report.text)")
    }

    @Test func `a file of shared keys is read as it is written, or refused with its line`() throws {
        let auditor = try AuditorPrivateKey.generate(name: "auditor").publicKey
        let key = Data(repeating: 1, count: 32).base64EncodedString()
        let ciphertext = Data(repeating: 2, count: 48).base64EncodedString()
        let good = "ringfence-epoch-keys v1\norigin log.example\nauditor \(auditor.keyID)\n7 \(key) \(ciphertext)\n"
        #expect(try SharedEpochKeys(parsing: good).text == good)
        for (old, new, place) in [
            ("v1", "v2", "first line"), ("origin ", "origin: ", "line 2"), ("auditor ", "", "line 3"),
            ("\n7 ", "\n07 ", "line 4"), ("\n7 ", "\n-7 ", "line 4"), (ciphertext, key, "line 4"),
            (key + " ", "", "line 4"), (ciphertext + "\n", ciphertext, "last line"),
            (ciphertext, ciphertext + "\n7 \(key) \(ciphertext)", "line 5"),
        ] {
            let error = #expect(throws: SealError.self) {
                try SharedEpochKeys(parsing: good.replacingOccurrences(of: old, with: new))
            }
            #expect(error?.description.contains(place) == true, "\(new): \(String(describing: error))")
        }
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var bytes = Array(good.utf8)
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            _ = try? SharedEpochKeys(parsing: String(decoding: bytes, as: UTF8.self))
        }
    }
}
