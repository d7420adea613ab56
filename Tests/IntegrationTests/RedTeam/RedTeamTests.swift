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
        for attack in RedTeam.attacks {
            let report = try team.report(attack)
            #expect(report.leak == nil, "\(attack)")
            let stopped = attack.stoppedBy.map(\.rawValue).joined(separator: "; ")
            lines.append("\(report.leak == nil ? "stopped" : "LEAKED ") \(attack): \(report.outcome) [\(stopped)]")
            guard let unstopped = try team.reportUnstopped(attack) else { continue }
            // What this version of PostgreSQL does not have needs no counter-measure in it.
            #expect(
                unstopped.leak != nil || unstopped.isUnsupported,
                "\(attack) fails without “\(stopped)” too: \(unstopped.outcome)")
            lines.append(
                "        without: \(unstopped.leak.map { $0.prefix { $0 != "\n" } } ?? "not in this version: \(unstopped.outcome)")"
            )
        }
        if let path = ProcessInfo.processInfo.environment["RINGFENCE_REDTEAM_REPORT"] {
            try lines.joined(separator: "\n").write(toFile: "\(path).\(version)", atomically: true, encoding: .utf8)
        }
    }
}
