/// A set of values, of mixed kinds if need be: order and repetition of what it is made from do not matter.
///
/// Held sorted and without repetition, so that equal sets are equal arrays and iteration is deterministic.
public struct ValueSet: Sendable, Hashable, ExpressibleByArrayLiteral {
    private let elements: [Value]

    public init(_ elements: some Sequence<Value>) {
        var sorted = Array(elements)
        guard sorted.count > 1 else {
            self.elements = sorted
            return
        }
        sorted.sort()
        var unique: [Value] = []
        unique.reserveCapacity(sorted.count)
        for element in sorted where unique.last != element { unique.append(element) }
        self.elements = unique
    }

    public init(arrayLiteral elements: Value...) { self.init(elements) }

    public func contains(_ value: Value) -> Bool {
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) / 2
            if elements[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low < elements.count && elements[low] == value
    }

    public func isSuperset(of other: ValueSet) -> Bool { other.allSatisfy(contains) }

    public func intersects(_ other: ValueSet) -> Bool { other.contains(where: contains) }
}

extension ValueSet: RandomAccessCollection {
    public var startIndex: Int { elements.startIndex }
    public var endIndex: Int { elements.endIndex }
    public subscript(position: Int) -> Value { elements[position] }
}

extension ValueSet: Comparable {
    public static func < (left: ValueSet, right: ValueSet) -> Bool {
        left.elements.lexicographicallyPrecedes(right.elements)
    }
}
