/// A policy's name within its set: its `@id`, or `policyN` by its position, or the name that a JSON text or a link
/// gives it.
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

/// `@key("value")` before a policy.
public struct Annotation: Sendable, Hashable {
    public let key: CedarString
    /// Empty if there is none.
    public let value: CedarString
    /// Whether it is written without a value, `@key`. It then means the same as `@key("")`.
    public let isBare: Bool
    public let span: SourceSpan
}

/// One policy, read from text or JSON or linked from a template.
public struct Policy: Sendable {
    public internal(set) var id: PolicyID
    public let effect: Effect
    public let annotations: [Annotation]
    /// From the first annotation to the semicolon, or the JSON object. That of the template, if it is linked.
    public let span: SourceSpan
    /// Whether it has slots, `?principal` or `?resource`: by itself it then decides nothing.
    public var isTemplate: Bool { scope.hasSlots }
    /// The template it was made from, if it was.
    public internal(set) var link: TemplateLink?

    let scope: Scope
    let conditions: [Condition]
    let source: SourceText
    /// Whether ``id`` was given to it from outside: it then stays whatever other policies there are.
    let hasGivenID: Bool

    init(
        id: PolicyID, effect: Effect, annotations: [Annotation], span: SourceSpan, scope: Scope,
        conditions: [Condition], source: SourceText, hasGivenID: Bool = false, link: TemplateLink? = nil
    ) {
        self.id = id
        self.effect = effect
        self.annotations = annotations
        self.span = span
        self.scope = scope
        self.conditions = conditions
        self.source = source
        self.hasGivenID = hasGivenID
        self.link = link
    }

    /// The value of an annotation, nil if the policy has none of that key.
    public func annotation(_ key: CedarString) -> CedarString? { annotations.first { $0.key == key }?.value }

    /// The slots of a template; none for other policies.
    public var slots: Set<Slot> { scope.slots }
}
