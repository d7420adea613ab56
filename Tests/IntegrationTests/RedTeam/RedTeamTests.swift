import Foundation
import TestSupport
import Testing

@Suite struct RedTeamTests {
    @Test(arguments: PostgresCluster.Version.allCases)
    func `no attack by a valid login brings a raw value back, and each would without its counter-measure`(
        version: PostgresCluster.Version
    ) throws {
        let deployment = try Deployment(version)
        try deployment.startGateway()
        defer { deployment.stopGateway() }
        let team = try RedTeam(against: deployment)

        #expect(RedTeam.attacks.count >= 150)
        var lines = ["Red team against PostgreSQL \(version): \(RedTeam.attacks.count) attacks"]
        for report in try team.run() {
            lines.append(
                "\(report.leak == nil ? "stopped" : "LEAKED ") \(report.attack): \(report.outcome) [\(report.attack.stoppedBy.rawValue)]"
            )
            #expect(report.leak == nil, "\(report.attack)")
        }
        for countermeasure in Countermeasure.allCases {
            let reports = try team.run(without: countermeasure)
            guard !reports.isEmpty else { continue }
            let caught = reports.filter { $0.leak != nil }
            lines.append("without “\(countermeasure.rawValue)”: \(caught.count) of \(reports.count) attacks succeed")
            lines += reports.filter { $0.leak == nil }.map { "    not needed against \($0.attack): \($0.outcome)" }
            #expect(!caught.isEmpty, "leaving out “\(countermeasure.rawValue)” goes unnoticed")
        }
        if let path = ProcessInfo.processInfo.environment["RINGFENCE_REDTEAM_REPORT"] {
            try lines.joined(separator: "\n").write(toFile: "\(path).\(version)", atomically: true, encoding: .utf8)
        }
    }
}
