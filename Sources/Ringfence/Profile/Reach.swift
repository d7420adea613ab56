/// What protected cells a profile can show at most, by table and by the home of the person they are about.
///
/// A session's entry states it. Policy, catalog and directory fix it, so anyone who has their texts can compute it.
public struct Reach: Sendable, Hashable {
    public struct Table: Sendable, Hashable {
        public var name: TableName
        public var byHome: [SubjectHome: ReachLevel]
    }

    /// The tables with a protected column, by name.
    public var tables: [Table]

    public init(_ profile: Profile, catalog: Catalog) {
        let catalogued = catalog.stores.first { $0.name.isExactly(profile.store) }?.tables ?? []
        let names =
            profile.tables.filter { $0.columns.contains { $0.classification == .protected } }.map(\.name)
            + catalogued.filter { $0.columns.contains { $0.classification == .protected } }.map(\.name)
        var byName: [ExactText: TableName] = [:]
        for name in names { byName[name.exact] = name }
        tables = byName.sorted { $0.key < $1.key }.map { _, name in
            let table = profile.tables.first { $0.name.isExactly(name) }
            let subjects = table?.subjects ?? catalogued.first { $0.name.isExactly(name) }?.subjects ?? []
            let homes = subjects.isEmpty ? [.nobody] : Set(catalog.homes).sorted().map(SubjectHome.home) + [.unknown]
            let protected = table?.columns.filter { $0.classification == .protected } ?? []
            let (clear, masked) = (Set(protected.map(\.clear)), Set(protected.map(\.masked)))
            let levels = homes.map { home in
                if clear.contains(where: { $0.predicate(for: home) != .never }) { return (home, ReachLevel.clear) }
                return (home, masked.contains { $0.predicate(for: home) != .never } ? .masked : .hidden)
            }
            return Table(name: name, byHome: Dictionary(levels, uniquingKeysWith: max))
        }
    }

    /// What entries state: `{"app.users":{"*":"clear","US":"hidden"}}`, where `*` stands for every home not named.
    public var json: [UInt8] {
        var writer = EntryWriter(capacity: 256)
        writer.raw("{")
        for (position, table) in tables.enumerated() {
            if position > 0 { writer.raw(",") }
            writer.string(table.name.description)
            writer.raw(":{")
            let others = table.levelOfMost
            var lines = table.byHome.filter { $0.value != others }.map { (ExactText($0.key.description), $0.value) }
            lines.append((RecordedReach.any, others))
            for (position, line) in lines.sorted(by: { $0.0 < $1.0 }).enumerated() {
                if position > 0 { writer.raw(",") }
                writer.string(line.0.string)
                writer.raw(":")
                writer.string(line.1.rawValue)
            }
            writer.raw("}")
        }
        writer.raw("}")
        return writer.bytes
    }
}

extension Reach.Table {
    /// The level of most homes, the higher one of two that are equally frequent.
    fileprivate var levelOfMost: ReachLevel {
        let counts = Dictionary(byHome.values.map { ($0, 1) }, uniquingKeysWith: +)
        return counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? .hidden
    }
}
