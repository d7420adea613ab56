import ArgumentParser
import Ringfence
import TransparencyLog

struct WitnessShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what a witness has cosigned, while it runs or not.")

    @Option(help: "The witness's directory.") var directory: String
    @Option(name: .customLong("key"), help: "The witness's public key (name+hash+base64), or the file that holds it.")
    var key: String
    @Flag(help: "Print the checkpoints themselves, signatures and all.") var notes = false

    func run() async throws {
        try await reportingFailure {
            let cosigned = try WitnessDirectory.load(directory, cosignedBy: KeyFile.verifierKey(key))
            for one in cosigned.sorted(by: { $0.checkpoint.origin < $1.checkpoint.origin }) {
                if notes {
                    print(TerminalText.lines(one.note.description))
                } else {
                    print(
                        TerminalText.line(
                            "\(one.checkpoint.origin): \(counted(one.checkpoint.size, "entry", "entries")), "
                                + "root \(one.checkpoint.root), cosigned at \(EntryTime(cosignedAt: one.time))"))
                }
            }
            if cosigned.isEmpty { print("Nothing was cosigned yet.") }
        }
    }
}
