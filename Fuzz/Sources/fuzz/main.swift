import Foundation

// fuzz INPUTS SEED: that many damaged inputs for every parser. A crash names the input by target and number; an input
// that takes a second or longer is a failure too.

let arguments = CommandLine.arguments
let inputs = arguments.count > 1 ? Int(arguments[1]) ?? 0 : 10_000
let seed = arguments.count > 2 ? UInt64(arguments[2]) ?? 1 : 1
let clock = ContinuousClock()
let timeMax = Duration.seconds(1)
var slow = 0

print("| parser | inputs | longest (ms) |\n| --- | ---: | ---: |")
for target in Target.all(try Seeds()) {
    var longest = Duration.zero
    for number in 0..<inputs {
        var mutation = Mutation(generator: SplitMix(seed: seed &* 1_000_003 &+ UInt64(number)))
        let text = mutation.text(from: target.seeds)
        let elapsed = clock.measure { target.read(text) }
        longest = max(longest, elapsed)
        if elapsed >= timeMax {
            slow += 1
            FileHandle.standardError.write(Data("\(target.name) \(number): \(elapsed)\n\(text.prefix(400))\n".utf8))
        }
    }
    let (seconds, attoseconds) = longest.components
    print("| \(target.name) | \(inputs) | \(seconds * 1000 + attoseconds / 1_000_000_000_000_000) |")
}
exit(slow == 0 ? 0 : 1)
