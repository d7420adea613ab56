/// What is above what through any number of levels, a bit for each pair: sets of names would be far slower to make.
struct Reachability<Node: Hashable & Sendable>: Sendable {
    private let nodes: [Node]
    private let positions: [Node: Int]
    /// A row of bits for each node; empty for those that are in nothing.
    private var rows: [[UInt64]]

    /// - Parameter direct: Each node with those directly above it. Circles are allowed.
    init(_ direct: [(node: Node, above: [Node])]) {
        nodes = direct.map(\.node)
        positions = Dictionary(zip(nodes, nodes.indices), uniquingKeysWith: { first, _ in first })
        rows = Array(repeating: [], count: nodes.count)
        let positions = positions
        close(direct.map { $0.above.compactMap { positions[$0] } })
    }

    /// Those above first, so that one pass is enough where there are no circles.
    private mutating func close(_ above: [[Int]]) {
        let order = Self.parentsFirst(above)
        let words = (nodes.count + 63) / 64
        for node in order where !above[node].isEmpty { rows[node] = Array(repeating: 0, count: words) }
        var isChanged = true
        while isChanged {
            isChanged = false
            for node in order where !above[node].isEmpty {
                var row = rows[node]
                rows[node] = []
                var added: UInt64 = 0
                for parent in above[node] {
                    let bit = UInt64(1) << UInt64(parent % 64)
                    added |= bit & ~row[parent / 64]
                    row[parent / 64] |= bit
                    for (word, bits) in rows[parent].enumerated() {
                        added |= bits & ~row[word]
                        row[word] |= bits
                    }
                }
                rows[node] = row
                if added != 0 { isChanged = true }
            }
        }
    }

    /// Depth first without recursion: the chain may be long.
    private static func parentsFirst(_ above: [[Int]]) -> [Int] {
        var order: [Int] = []
        var isSeen = Array(repeating: false, count: above.count)
        for start in above.indices where !isSeen[start] {
            var path = [(node: start, next: 0)]
            isSeen[start] = true
            while let (node, next) = path.last {
                guard next < above[node].count else {
                    order.append(node)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let parent = above[node][next]
                if !isSeen[parent] {
                    isSeen[parent] = true
                    path.append((parent, 0))
                }
            }
        }
        return order
    }

    private func isSet(_ node: Int, _ group: Int) -> Bool {
        !rows[node].isEmpty && rows[node][group / 64] & (1 << UInt64(group % 64)) != 0
    }

    func isAbove(_ group: Node, _ node: Node) -> Bool {
        guard let node = positions[node], let group = positions[group] else { return false }
        return isSet(node, group)
    }

    func above(_ node: Node) -> [Node] {
        guard let node = positions[node] else { return [] }
        return nodes.indices.lazy.filter { isSet(node, $0) }.map { nodes[$0] }
    }

    func below(_ group: Node) -> [Node] {
        guard let group = positions[group] else { return [] }
        return nodes.indices.lazy.filter { isSet($0, group) }.map { nodes[$0] }
    }

    /// The bits of `nodes`, and those of all that is above any of them.
    func bits(of nodes: [Node]) -> (own: [UInt64], above: [UInt64]) {
        var own = Array(repeating: UInt64(0), count: (self.nodes.count + 63) / 64)
        var above = own
        for node in nodes.lazy.compactMap({ positions[$0] }) {
            own[node / 64] |= 1 << UInt64(node % 64)
            for (word, bits) in rows[node].enumerated() { above[word] |= bits }
        }
        return (own, above)
    }
}
