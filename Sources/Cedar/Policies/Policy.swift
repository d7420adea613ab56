/// A policy's name within its set: its `@id`, or `policyN` by its position.
public struct PolicyID: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let text: CedarString

    public init(_ text: String) { self.text = CedarString(text) }
    public init(stringLiteral text: String) { self.init(text) }

    public var description: String { text.text }

    public static func < (left: PolicyID, right: PolicyID) -> Bool { left.text < right.text }
}

public enum Effect: String, Sendable, Hashable {
    case permit, forbid
}

/// `@key("value")` before a policy; without a value, the empty string.
public struct Annotation: Sendable, Hashable {
    public let key: CedarString
    public let value: CedarString
    public let span: SourceSpan
}

/// One parsed policy.
public struct Policy: Sendable {
    public internal(set) var id: PolicyID
    public let effect: Effect
    public let annotations: [Annotation]
    /// From the first annotation to the semicolon.
    public let span: SourceSpan
    /// Whether it has slots, `?principal` or `?resource`: by itself it then decides nothing.
    public var isTemplate: Bool { scope.hasSlots }

    let scope: Scope
    let conditions: [Condition]
    let source: SourceText

    /// The value of an annotation, nil if the policy has none of that key.
    public func annotation(_ key: CedarString) -> CedarString? { annotations.first { $0.key == key }?.value }
}
