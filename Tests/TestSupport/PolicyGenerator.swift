/// Random policies over one small schema: attributes of every type, each once required and once optional.
///
/// Texts only, so that what reads them is what is tested.
public struct PolicyGenerator: Sendable {
    public static let schema = """
        entity Org;
        entity Team in [Org] { name: String };
        entity User in [Team] { clearance: Long, home: String, tags: Set<String>, boss?: User, nick?: String };
        entity Other;
        entity Row in [Team] {
            name: String, alias?: String, n: Long, m?: Long, flag: Bool, mark?: Bool,
            at: datetime, until?: datetime, lasts: duration, wait?: duration, price: decimal, rebate?: decimal,
            from: ipaddr, via?: ipaddr, labels: Set<String>, hints?: Set<String>, counts: Set<Long>,
            owner: User, editor?: User, readers: Set<User>, team: Team, other: Other,
            subject: { home: String, id?: String }, extra?: { level: Long },
        } tags String;
        action view in [read];
        action read appliesTo { principal: User, resource: Row, context: { region: String, level?: Long } };
        """

    public static let strings = [
        "", "a", "A", "b", "fr", "FR", "fr ", "é", "e\u{301}", "Ｆ", "ﬁ", "fi", "%", "_", "a%b", "a_b", "axb", "*", "\\",
        "\\%", "'", "''", "\"", "x' OR TRUE --", "$1", "a\nb", "ß", "ss", "I", "ı", "{a}", "{\"a\"}", "NULL", ",",
    ]
    public static let numbers = [
        "0", "1", "2", "-1", "5", "2147483648", "9223372036854775807", "-9223372036854775808",
    ]
    public static let datetimes = [
        "1970-01-01", "1969-12-31T23:59:59.999Z", "2024-02-29T12:00:00Z", "2024-02-29T12:00:00.001Z", "0000-01-01",
        "9999-12-31T23:59:59Z", "0044-03-15",
    ]
    public static let durations = ["0ms", "1ms", "-1ms", "1d", "-1d2h", "3600s", "1h1ms", "-9223372036854775807ms"]
    public static let decimals = [
        "0.0", "1.5", "-1.5", "0.0001", "922337203685477.5807", "-922337203685477.5808", "10.0",
    ]
    public static let addresses = [
        "10.0.0.1", "10.0.0.1/24", "10.0.0.0/24", "10.0.0.0/8", "127.0.0.1", "::1", "fe80::1", "ff02::1/128",
        "224.0.0.1", "0.0.0.0/0", "::/0", "::ffff:0:0/96",
    ]
    public static let teams = ["red", "blue", "Red", "none"]
    public static let users = ["alice", "Alice", "bob", "nobody", "é", "e\u{301}"]

    public var random: SeededGenerator
    /// Whether to keep to what can be expressed in SQL.
    public var isTranslatable: Bool
    /// In percent: how often an optional attribute is read without a guard.
    public var unguarded = 10
    /// In percent: how often something is of the wrong type.
    public var mistyped = 0

    public init(seed: UInt64, isTranslatable: Bool) {
        random = SeededGenerator(seed: seed)
        self.isTranslatable = isTranslatable
    }

    public mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    public mutating func pick<Element>(_ elements: [Element]) -> Element? { elements.randomElement(using: &random) }

    private mutating func one(_ texts: [String]) -> String { pick(texts) ?? "" }

    public static func literal(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\"
            case "\n":
                result += "\\n"
                continue
            default: break
            }
            result.unicodeScalars.append(scalar)
        }
        return result + "\""
    }

    // MARK: Policies

    public mutating func policies() -> String {
        (0..<Int.random(in: 1...4, using: &random)).map { _ in policy() }.joined(separator: "\n")
    }

    public mutating func policy() -> String {
        let effect = chance(60) ? "permit" : "forbid"
        let principal = one(["principal", "principal", "principal is User", "principal in Team::\"red\""])
        let action = one(["action", "action == Action::\"read\"", "action in [Action::\"read\", Action::\"view\"]"])
        let resource = one([
            "resource", "resource", "resource", "resource is Row", "resource in Team::\"red\"",
            "resource is Row in Org::\"acme\"",
        ])
        let conditions = (0..<Int.random(in: 0...2, using: &random)).map { _ in
            (chance(80) ? "when" : "unless") + " { \(bool(depth: 4)) }"
        }
        return "\(effect)(\(principal), \(action), \(resource)) \(conditions.joined(separator: " "));"
    }

    // MARK: Expressions

    public mutating func bool(depth: Int) -> String {
        if chance(mistyped) { return string() }
        if depth > 0, chance(55) {
            let left = bool(depth: depth - 1)
            let right = bool(depth: depth - 1)
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1: return "(\(left) && \(right))"
            case 2, 3: return "(\(left) || \(right))"
            case 4: return "!(\(left))"
            default: return "(if \(bool(depth: depth - 1)) then \(left) else \(right))"
            }
        }
        return isTranslatable || chance(80) ? translatable() : other()
    }

    /// `resource.name` guarded by `has`, mostly, within `body`.
    private mutating func optional(_ path: String, _ body: (String) -> String) -> String {
        let whole = "resource.\(path)"
        return chance(unguarded) ? body(whole) : "(resource has \(path) && \(body(whole)))"
    }

    private mutating func either(
        _ required: String, _ optionalPath: String, _ body: (String) -> String
    ) -> String {
        chance(50) ? body("resource.\(required)") : optional(optionalPath, body)
    }

    private mutating func translatable() -> String {
        let comparison = one(["<", "<=", ">", ">=", "==", "!="])
        let text = string()
        let other = string()
        let set = strings()
        let team = "Team::\(Self.literal(one(Self.teams)))"
        let user = one(["principal", "User::\(Self.literal(one(Self.users)))"])
        switch Int.random(in: 0..<31, using: &random) {
        case 30:
            return one([
                "resource.owner.home == \(Self.literal(one(["DE", "fr", "FR"])))", "resource.owner has home",
                "(resource.owner has home && resource.owner.home == principal.home)",
            ])
        case 0: return either("name", "alias") { "\($0) == \(text)" }
        case 1: return either("name", "alias") { "\(text) != \($0)" }
        case 2:
            let pattern = pattern()
            return either("name", "alias") { "\($0) like \(pattern)" }
        case 3: return either("name", "alias") { "\(set).contains(\($0))" }
        case 4:
            let number = number()
            return either("n", "m") { "\($0) \(comparison) \(number)" }
        case 5:
            let number = number()
            return optional("m") { "\($0) \(comparison) \(number)" }
        case 6: return either("flag", "mark") { $0 }
        case 7:
            return "resource has "
                + one([
                    "alias", "m", "mark", "until", "rebate", "via", "hints", "editor", "name", "subject", "subject.id",
                    "extra", "extra.level", "subject.home",
                ])
        case 8:
            let time = "datetime(\(Self.literal(one(Self.datetimes))))"
            return either("at", "until") { "\($0) \(comparison) \(time)" }
        case 9:
            let span = "duration(\(Self.literal(one(Self.durations))))"
            return either("lasts", "wait") { "\($0) \(comparison) \(span)" }
        case 10:
            let unit = one(["toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"])
            let number = number()
            return either("lasts", "wait") { "\($0).\(unit)() \(comparison) \(number)" }
        case 11:
            let decimal = "decimal(\(Self.literal(one(Self.decimals))))"
            let method = one(["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"])
            return either("price", "rebate") { "\($0).\(method)(\(decimal))" }
        case 12:
            let decimal = "decimal(\(Self.literal(one(Self.decimals))))"
            return either("price", "rebate") { "\($0) == \(decimal)" }
        case 13:
            let address = "ip(\(Self.literal(one(Self.addresses))))"
            return either("from", "via") { "\($0).isInRange(\(address))" }
        case 14:
            let address = "ip(\(Self.literal(one(Self.addresses))))"
            let test = one([".isIpv4()", ".isIpv6()", ".isLoopback()", ".isMulticast()", " == \(address)"])
            return either("from", "via") { $0 + test }
        case 15: return either("labels", "hints") { "\($0).contains(\(text))" }
        case 16: return either("labels", "hints") { "\($0).containsAll(\(set))" }
        case 17: return either("labels", "hints") { "\(set).containsAll(\($0))" }
        case 18: return either("labels", "hints") { "\($0).containsAny(\(set))" }
        case 19: return either("labels", "hints") { "\($0) == \(set)" }
        case 20: return either("labels", "hints") { "\($0).isEmpty()" }
        case 21: return either("owner", "editor") { "\($0) == \(user)" }
        case 22: return either("owner", "editor") { "\($0) in [\(team), Org::\"acme\"]" }
        case 23: return one(["\(user) in resource.readers", "resource.readers.contains(\(user))"])
        case 24: return one(["\(user) in resource.team", "resource.team == \(team)", "resource in \(team)"])
        case 25: return one(["resource.subject.home == \(text)", optional("subject.id") { "\($0) == \(text)" }])
        case 26: return one(["resource.counts.contains(1)", optional("extra.level") { "\($0) > 1" }])
        case 27: return "(if \(one(["resource.flag", "resource.mark"])) then resource.name else \(text)) == \(other)"
        case 28: return one(["resource.owner == Other::\"x\"", "resource.editor == resource.other", "resource is Row"])
        default:
            return one([
                "context.region == \(text)", "(context has level && context.level < resource.n)",
                "principal.clearance > 1", "resource == Row::\"r1\"", "resource.labels.contains(resource.name)",
                "resource.name == resource.subject.home", "principal.home == resource.subject.home",
            ])
        }
    }

    /// What SQL cannot express: all that can fail with values of the row.
    private mutating func other() -> String {
        let number = number()
        return one([
            "resource.n + \(number) > 0", "resource.n * 2 == \(number)", "-resource.n < 0",
            "{a: resource.n, b: principal.clearance}.a == \(number)", "{a: resource.m, b: true}.b",
            "{a: resource.n} == {a: \(number)}", "[resource.n, 1].contains(\(number))",
            "ip(resource.name).isIpv4()", "resource.at.offset(duration(\"1d\")) > resource.at",
            "resource.hasTag(\"x\") && resource.getTag(\"x\") == \"a\"", "resource.getTag(\"y\") == \"a\"",
            "resource.hasTag(resource.name)", "resource.owner.home == \"a\"", "resource.owner has nick",
            "resource.owner has boss && resource.owner.boss == principal", "resource.owner has home",
            "principal.boss == resource.owner", "principal has nick && principal.nick == resource.name",
            "resource.owner in resource.team", "resource.team.name == \"red\"", "principal has nothing",
            "resource has nothing", "resource.nothing == 1", "context.level == resource.n",
            "9223372036854775807 + 1 > 0",
            "resource.owner is User in Team::\"red\"", "resource.editor is User", "resource.flag == (1 == 1)",
            "resource has subject.id.x", "resource.extra has level",
            "(if resource.flag then resource else resource) is Row",
            "resource.at.toTime() > duration(\"1h\")", "resource.labels == [resource.name]",
            "action in Action::\"read\"",
            "principal == User::\"alice\"", "principal == resource.owner", "resource.n == \"x\"",
            "(if resource.mark then resource.m else 1) < \(number)",
        ])
    }

    private mutating func number() -> String { chance(80) ? one(Self.numbers) : "principal.clearance" }

    private mutating func string() -> String {
        chance(85) ? Self.literal(one(Self.strings)) : one(["principal.home", "context.region"])
    }

    private mutating func strings() -> String {
        chance(20)
            ? "principal.tags"
            : "[" + (0..<Int.random(in: 1...3, using: &random)).map { _ in string() }.joined(separator: ", ") + "]"
    }

    /// Of pieces of the strings that there are, with wildcards.
    private mutating func pattern() -> String {
        var result = "\""
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            if chance(50) { result += "*" }
            let piece = Self.literal(String(one(Self.strings).unicodeScalars.prefix(2).map(Character.init)))
            result += piece.dropFirst().dropLast().replacing("*", with: "\\*")
        }
        return result + (chance(50) ? "*\"" : "\"")
    }
}
