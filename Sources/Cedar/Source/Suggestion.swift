/// What somebody who wrote an unknown name may have meant.
enum Suggestion {
    /// Longer names are not compared: the time is the product of both lengths.
    private static let bytesMax = 64

    /// "did you mean `…`?", nil if no candidate is near.
    static func help(for name: String, among candidates: some Sequence<String>) -> String? {
        nearest(to: name, among: candidates).map { "did you mean `\($0)`?" }
    }

    /// The candidate with the fewest changed bytes, at most a third of the name's; of equals the first by order.
    static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = lowercased(name)
        guard !wanted.isEmpty, wanted.count <= bytesMax else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in candidates where candidate.utf8.count <= bytesMax && candidate != name {
            let bound = max(wanted.count, candidate.utf8.count) / 3
            guard abs(wanted.count - candidate.utf8.count) <= bound else { continue }
            let distance = distance(wanted, lowercased(candidate))
            guard distance <= bound else { continue }
            if let current = best, (current.distance, current.name) <= (distance, candidate) { continue }
            best = (candidate, distance)
        }
        return best?.name
    }

    /// Names that differ only in case are the nearest there are.
    private static func lowercased(_ name: String) -> [UInt8] {
        name.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }

    /// Insertions, deletions, substitutions, and exchanges of neighbours.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                var cost = min(
                    last[column + 1] + 1, current[column] + 1, last[column] + (left[row] == right[column] ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
