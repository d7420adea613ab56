/// The question: may this principal do this to this resource, in this context?
public struct Request: Sendable, Hashable {
    public var principal: EntityUID
    public var action: EntityUID
    public var resource: EntityUID
    public var context: ValueRecord

    public init(
        principal: EntityUID, action: EntityUID, resource: EntityUID, context: ValueRecord = ValueRecord()
    ) {
        self.principal = principal
        self.action = action
        self.resource = resource
        self.context = context
    }
}
