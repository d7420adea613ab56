/// People, or services, whom no policy can tell apart: equal attributes and teams, before and after.
public struct EqualPrincipals: Sendable, Hashable {
    /// In the order of the directory.
    public var members: [Principal]
    /// What they are, such as `covered people on team engineering in CN`.
    public var words: String

    /// `covered people on team engineering in CN (2: casey, chen)`
    public var wordsWithNames: String {
        let namesMax = 5
        let names = members.prefix(namesMax).map(\.name).joined(separator: ", ")
        let more = members.count > namesMax ? " and \(members.count - namesMax) more" : ""
        return "\(words) (\(members.count): \(names)\(more))"
    }
}

extension EqualPrincipals {
    /// - Parameters:
    ///   - isOne: In the singular.
    ///   - isDetailed: With what seldom tells people apart: employer and citizenships.
    static func words(of principal: Principal, isOne: Bool = false, isDetailed: Bool = false) -> String {
        var words = principal.isCovered ? "covered " : ""
        switch principal {
        case .person: words += isOne ? "person" : "people"
        case .service: words += isOne ? "service" : "services"
        }
        let teams = Set(principal.teams.map { ExactText($0) }).sorted().map(\.string)
        switch teams.count {
        case 0: words += " on no team"
        case 1: words += " on team \(teams[0])"
        default: words += " on teams \(teams.joined(separator: " and "))"
        }
        words += " in \(principal.location)"
        if isDetailed, case .person(let person) = principal {
            words += ", employed by \(person.employer) (\(person.employerCountry))"
            let citizenships = Set(person.citizenships).sorted().map(\.code)
            words += citizenships.isEmpty ? ", of no citizenship" : ", of \(citizenships.joined(separator: " and "))"
        }
        return words
    }
}

/// A class with one of its members on each side of a comparison; nil where the directory does not know them.
struct ComparedClass {
    var principals: EqualPrincipals
    var old: Principal?
    var new: Principal?

    private struct Facts: Hashable {
        var old: PrincipalFacts?
        var new: PrincipalFacts?
    }

    /// Everybody of both directories, in the order of the new one.
    static func classes(of old: RingfenceInputs, and new: RingfenceInputs) -> [ComparedClass] {
        let namesMatter = old.namesPrincipals || new.namesPrincipals
        func facts(_ principal: Principal?) -> PrincipalFacts? {
            principal.map { PrincipalFacts($0, withName: namesMatter) }
        }
        func byName(_ directory: Directory) -> [ExactText: Principal] {
            Dictionary(directory.principals.map { (ExactText($0.name), $0) }, uniquingKeysWith: { first, _ in first })
        }
        let (oldByName, newByName) = (byName(old.directory), byName(new.directory))
        let gone = old.directory.principals.filter { newByName[ExactText($0.name)] == nil }
        var positions: [Facts: Int] = [:]
        var classes: [ComparedClass] = []
        for principal in new.directory.principals + gone {
            let name = ExactText(principal.name)
            let pair = (old: oldByName[name], new: newByName[name])
            let facts = Facts(old: facts(pair.old), new: facts(pair.new))
            if let position = positions[facts] {
                classes[position].principals.members.append(principal)
            } else {
                positions[facts] = classes.count
                classes.append(
                    ComparedClass(
                        principals: EqualPrincipals(members: [principal], words: ""), old: pair.old, new: pair.new))
            }
        }
        name(&classes, namesMatter: namesMatter)
        return classes
    }

    /// Shortly where that tells them apart.
    private static func name(_ classes: inout [ComparedClass], namesMatter: Bool) {
        let short = classes.map { $0.words(isDetailed: false) }
        let counts = Dictionary(short.map { (ExactText($0), 1) }, uniquingKeysWith: +)
        for index in classes.indices {
            let isAmbiguous = !namesMatter && (counts[ExactText(short[index])] ?? 0) > 1
            classes[index].principals.words = isAmbiguous ? classes[index].words(isDetailed: true) : short[index]
        }
    }

    private func words(isDetailed: Bool) -> String {
        let before = old.map { EqualPrincipals.words(of: $0, isDetailed: isDetailed) }
        let after = new.map { EqualPrincipals.words(of: $0, isDetailed: isDetailed) }
        switch (before, after) {
        case (let before?, let after?):
            if before.isExactly(after) { return after }
            return "\(after), who were \(before)"
        case (nil, let after?): return "\(after), new in the directory"
        case (let before?, nil): return "\(before), no longer in the directory"
        case (nil, nil): return ""
        }
    }
}
