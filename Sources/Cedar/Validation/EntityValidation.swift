extension Schema {
    /// What is wrong with entities by this schema, one error for each that is not as declared, in order of their names.
    ///
    /// Parents need not be among the entities. Actions may be, but then as ``actionEntities`` has them.
    public func validate(_ entities: Entities) -> [EntitiesError] {
        entities.all.compactMap { entity in
            do throws(EntitiesError) {
                try validate(entity, ancestors: entities.ancestors(of: entity.uid))
                return nil
            } catch {
                return error
            }
        }
    }

    /// Checks that an entity is as this schema declares its type.
    ///
    /// - Parameter ancestors: Everything that it is in, through any number of levels.
    /// - Throws: The first thing that is wrong: its type or identifier, an attribute, an ancestor, a tag.
    public func validate(_ entity: Entity, ancestors: Set<EntityUID>) throws(EntitiesError) {
        let uid = entity.uid
        guard !uid.type.isActionType else { return try validateAction(entity, ancestors) }
        guard let type = entityTypes[uid.type] else {
            throw EntitiesError(
                message: "\(uid) is of the type `\(uid.type)`, which the schema does not declare",
                help: Suggestion.help(for: uid.type.description, among: entityTypes.keys.map(\.description)))
        }
        let conformance = ValueConformance(self)
        if let problem = conformance.problem(uid) { throw EntitiesError(message: "\(uid): \(problem)") }
        if let problem = conformance.problem(entity.attributes, type.attributes, at: uid.description) {
            throw EntitiesError(message: problem)
        }
        let groups = self.ancestors(of: uid.type)
        for ancestor in ancestors.sorted() {
            if let problem = conformance.problem(ancestor) {
                throw EntitiesError(message: "\(uid) is in \(ancestor), but \(problem)")
            }
            guard groups.contains(ancestor.type) else {
                throw EntitiesError(
                    message: "\(uid) is in \(ancestor), but `\(uid.type)` is in no `\(ancestor.type)` by the schema")
            }
        }
        for tag in entity.tags {
            guard let tagType = type.tags else {
                throw EntitiesError(message: "\(uid) has a tag \(tag.key.literal), but `\(uid.type)` has no tags")
            }
            let path = "the tag \(tag.key.literal) of \(uid)"
            if let problem = conformance.problem(tag.value, tagType, at: path) { throw EntitiesError(message: problem) }
        }
    }

    private func validateAction(_ entity: Entity, _ ancestors: Set<EntityUID>) throws(EntitiesError) {
        guard actions[entity.uid] != nil else {
            throw EntitiesError(
                message: "the schema has no action \(entity.uid)",
                help: Suggestion.help(for: entity.uid.description, among: actions.keys.map(\.description)))
        }
        guard entity.attributes.isEmpty, entity.tags.isEmpty, ancestors == self.ancestors(of: entity.uid) else {
            throw EntitiesError(
                message: "the action \(entity.uid) is not as the schema declares it",
                help: "leave actions out of the entities: the schema says what they are in")
        }
    }
}
