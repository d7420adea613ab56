import Foundation

// ledger-bench WORK DIRECTORY …: one measurement in a process of its own; prints `name value` lines.
//
//   limits DIRECTORY                      what disk and processor do by themselves
//   append DIRECTORY ENTRIES plain|sealed in batches; then ends without closing, as a crash does
//   producers DIRECTORY COUNT SECONDS     each waits for its entry before the next
//   shared DIRECTORY COUNT SECONDS CONNECTION    the same in PostgreSQL, where `ledger init` made the log
//   open DIRECTORY                        after a crash
//   verify DIRECTORY THREADS hashes|parsed|chain

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 2 else {
    FileHandle.standardError.write(Data("ledger-bench WORK DIRECTORY …\n".utf8))
    exit(64)
}
let directory = arguments[1]
func number(_ position: Int) -> Int { arguments.count > position ? Int(arguments[position]) ?? 0 : 0 }

switch arguments[0] {
case "limits": try Limits.measure(in: directory)
case "append": try Appending.measure(in: directory, entries: number(2), isSealed: arguments.last == "sealed")
case "producers": try Producers.measure(in: directory, count: number(2), seconds: number(3))
case "shared":
    try Producers.measure(in: directory, sharedAt: arguments.last ?? "", count: number(2), seconds: number(3))
case "open": try Opening.measure(in: directory)
case "verify": try Verifying.measure(in: directory, threads: number(2), what: arguments.last ?? "")
default: exit(64)
}
