import Enclosure
import Foundation
import Ringfence

// policy-bench CONFIGURATION: how long it takes to decide everything about each principal, and to write the SQL of the
// enclosure for it. Prints a line for each, in milliseconds: the median, and the slowest of a hundred.

guard CommandLine.arguments.count == 2 else {
    FileHandle.standardError.write(Data("policy-bench CONFIGURATION\n".utf8))
    exit(64)
}
let rounds = 100
let inputs = try RingfenceInputs.load(CommandLine.arguments[1])
let live = LiveSchema(describing: inputs.store)
let clock = ContinuousClock()

func milliseconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) * 1000 + Double(duration.components.attoseconds) / 1e15
}

print("principal columns statements decided compiled together slowest")
for principal in inputs.directory.principals {
    var decided: [Double] = []
    var compiled: [Double] = []
    var together: [Double] = []
    var statements = 0
    var columns = 0
    for _ in 0..<rounds {
        // A compiler of its own: it keeps what it has decided.
        let compiler = try ProfileCompiler(inputs, live: live)
        var profile: DecidedProfile?
        let deciding = try clock.measure { profile = try compiler.profile(for: principal) }
        guard let profile else { continue }
        let compiling = try clock.measure {
            let enclosure = EnclosureCompiler(
                profile.profile, digest: profile.digest, catalog: inputs.catalog, live: live)
            statements = try enclosure.statements().count
        }
        columns = profile.profile.tables.reduce(0) { $0 + $1.columns.count }
        decided.append(milliseconds(deciding))
        compiled.append(milliseconds(compiling))
        together.append(milliseconds(deciding + compiling))
    }
    func median(_ times: [Double]) -> String { String(format: "%.3f", times.sorted()[times.count / 2]) }
    let slowest = String(format: "%.3f", together.max() ?? 0)
    print(principal.name, columns, statements, median(decided), median(compiled), median(together), slowest)
}
