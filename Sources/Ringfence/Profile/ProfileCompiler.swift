public import Cedar
internal import Synchronization

/// A profile with what is derived from it.
public struct DecidedProfile: Sendable, Hashable {
    public var profile: Profile
    public var digest: ProfileDigest
    public var reach: Reach
}

/// Decides what principals may do in one store, under one version of catalog, policy and live schema.
///
/// Principals who differ in nothing that policy can see are decided once.
public final class ProfileCompiler: Sendable {
    /// The cache is emptied when it has so many.
    private static let cachedMax = 10_000

    public let store: String
    public let catalog: Catalog
    public let policies: PolicySet
    public let live: LiveSchema
    private let namesMatter: Bool
    private let compiled = Mutex<[PrincipalFacts: DecidedProfile]>([:])

    public convenience init(_ inputs: RingfenceInputs, live: LiveSchema) throws(DecisionError) {
        do throws(ConfigurationProblems) {
            try inputs.refuseUnanswerable(by: live)
        } catch {
            throw .refused(error)
        }
        try self.init(
            store: inputs.store.name, catalog: inputs.catalog, policies: inputs.policies, live: live,
            namesMatter: inputs.namesPrincipals)
    }

    /// - Parameter namesMatter: False if no policy names a person or service, so that names cannot decide.
    public init(
        store: String, catalog: Catalog, policies: PolicySet, live: LiveSchema, namesMatter: Bool = true
    ) throws(DecisionError) {
        guard catalog.stores.contains(where: { $0.name.isExactly(store) }) else { throw .noSuchStore(store) }
        self.store = store
        self.catalog = catalog
        self.policies = policies
        self.live = live
        self.namesMatter = namesMatter
    }

    public func profile(for principal: Principal) throws(DecisionError) -> DecidedProfile {
        let facts = PrincipalFacts(principal, withName: namesMatter)
        if let known = compiled.withLock({ $0[facts] }) { return known }
        let decisions = try decisions(of: principal)
        let profile = Profile(decisions, catalog: catalog, live: live)
        let result = DecidedProfile(
            profile: profile, digest: ProfileDigest(profile, catalog: catalog, live: live),
            reach: Reach(profile, catalog: catalog))
        compiled.withLock { known in
            if known.count >= Self.cachedMax { known.removeAll() }
            known[facts] = result
        }
        return result
    }

    /// With the policies that decide, for ``Explanation``.
    public func decisions(of principal: Principal) throws(DecisionError) -> StoreDecisions {
        try StoreDecisions(principal: principal, store: store, catalog: catalog, policies: policies, live: live)
    }

    /// One profile, without a compiler to keep.
    public static func profile(
        for principal: Principal, store: String, catalog: Catalog, policies: PolicySet, live: LiveSchema
    ) throws(DecisionError) -> Profile {
        let decisions = try StoreDecisions(
            principal: principal, store: store, catalog: catalog, policies: policies, live: live)
        return Profile(decisions, catalog: catalog, live: live)
    }
}

/// All of a principal that a policy can see.
struct PrincipalFacts: Hashable {
    let isPerson: Bool
    let texts: [ExactText]
    let citizenships: [Jurisdiction]
    let isCovered: Bool
    let teams: [ExactText]

    init(_ principal: Principal, withName: Bool) {
        var texts = [withName ? principal.name : "", principal.location.code]
        var citizenships: [Jurisdiction] = []
        if case .person(let person) = principal {
            isPerson = true
            texts += [person.employer, person.employerCountry.code]
            citizenships = Set(person.citizenships).sorted()
        } else {
            isPerson = false
        }
        self.texts = texts.map { ExactText($0) }
        self.citizenships = citizenships
        isCovered = principal.isCovered
        teams = Set(principal.teams.map { ExactText($0) }).sorted()
    }
}

extension RingfenceInputs {
    /// Whether a policy can tell one person or service from another of the same attributes: it names one.
    var namesPrincipals: Bool {
        policies.namedEntities.contains { [CedarModel.person, CedarModel.service].contains($0.type) }
    }
}
