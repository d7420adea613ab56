/// The right side of `like`: text in which `*` stands for any text, also none.
public struct Pattern: Sendable, Hashable, CustomStringConvertible {
    public enum Element: Sendable, Hashable {
        case wildcard
        case literal(Unicode.Scalar)
    }

    public let elements: [Element]

    public init(_ elements: [Element]) { self.elements = elements }

    /// Compares scalar by scalar, in time at most the product of both lengths.
    public func matches(_ text: CedarString) -> Bool {
        let scalars = Array(text.text.unicodeScalars)
        var position = 0
        var next = 0
        var resume: (position: Int, next: Int)?
        while position < scalars.count {
            if next < elements.count, elements[next] == .wildcard {
                resume = (position, next + 1)
                next += 1
            } else if next < elements.count, elements[next] == .literal(scalars[position]) {
                position += 1
                next += 1
            } else if let last = resume {
                position = last.position + 1
                next = last.next
                resume = (position, next)
            } else {
                return false
            }
        }
        return elements[next...].allSatisfy { $0 == .wildcard }
    }

    /// As a Cedar literal, with its quotes.
    public var description: String {
        // By scalars: a combining mark after the quote would make one character with it.
        var result = String.UnicodeScalarView()
        result.append("\"")
        for element in elements {
            switch element {
            case .wildcard: result.append("*")
            case .literal("*"): result.append(contentsOf: "\\*".unicodeScalars)
            case .literal(let scalar): CedarString.escape(scalar, into: &result)
            }
        }
        result.append("\"")
        return String(result)
    }
}
