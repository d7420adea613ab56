import Glibc
import TransparencyLog

let clock = ContinuousClock()

func key() throws -> SigningKey {
    try SigningKey(name: "ledger.example.com/bench", seed: [UInt8](repeating: 1, count: 32))
}

func seconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return Double(seconds) + Double(attoseconds) * 1e-18
}

/// At once: one measurement ends by killing itself.
func report(_ name: String, _ value: Double) {
    let line = Array("\(name) \(value)\n".utf8)
    _ = write(STDOUT_FILENO, line, line.count)
}

/// The value below which `share` of all lie.
func quantile(_ values: [Double], _ share: Double) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
}

/// The most memory this process ever held (VmHWM), in bytes.
func reportPeakMemory() {
    guard let file = fopen("/proc/self/status", "r") else { return }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, 256, file) != nil {
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let parts = text.split(whereSeparator: \.isWhitespace)
        if parts.first == "VmHWM:", parts.count > 1, let kibibytes = Double(parts[1]) {
            report("peakMemory", kibibytes * 1024)
        }
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
