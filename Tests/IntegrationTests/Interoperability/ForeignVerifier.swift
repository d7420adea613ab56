import Foundation
import TestSupport

/// The programs of `Examples/verify`, which are others' libraries and a few lines around them.
enum ForeignVerifier: CaseIterable, Sendable {
    /// Go's own checksum-database packages, as Debian has them.
    case go
    /// tlog-scales of PyPI.
    case python

    static var folder: String { "\(ServerBinaries.packageFolder)/Examples/verify" }

    private static let goProgram = Result { () throws -> String in
        let program = try TemporaryDirectory.kept.get().file("verify_log")
        let build = try ChildProcess.run(
            ["go", "build", "-o", program, "\(folder)/verify_log.go"],
            environment: [
                "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": "\(ServerBinaries.cache)/go-build",
            ], timeout: 300)
        try expectSuccess(build)
        return program
    }

    func run(_ arguments: String...) throws -> ChildProcess.Output {
        let command: [String]
        switch self {
        case .go: command = [try Self.goProgram.get()]
        case .python: command = [Deployment.python, "\(Self.folder)/verify_log.py"]
        }
        return try ChildProcess.run(command + arguments)
    }
}

extension TemporaryDirectory {
    /// Lives as long as the tests do.
    fileprivate static let kept = Result { try TemporaryDirectory(prefix: "ringfence-verifier") }
}
