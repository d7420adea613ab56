import Cedar
import CedarSQL
import Testing

@Suite struct `The SQL of operators` {
    @Test(arguments: [
        (#"resource.name == "fr""#, #"(name COLLATE "C" = 'fr') IS TRUE"#),
        (#"resource.name != "fr""#, #"(name COLLATE "C" <> 'fr') IS TRUE"#),
        (#""fr" == resource.name"#, #"(name COLLATE "C" = 'fr') IS TRUE"#),
        ("resource.n < 5 && 5 < resource.n", "(n < 5 AND n > 5) IS TRUE"),
        ("resource.n >= -5", "(n >= (-5)) IS TRUE"),
        ("resource.flag", "flag IS TRUE"),
        ("resource.flag == true", "flag IS TRUE"),
        ("resource.flag == false", "(NOT flag) IS TRUE"),
        ("!resource.flag", "(NOT flag) IS TRUE"),
        ("resource has alias", "alias IS NOT NULL"),
        ("resource has name", "TRUE"),
        ("!(resource has alias)", "alias IS NULL"),
        (
            #"resource has alias && resource.alias == "x""#,
            #"(alias IS NOT NULL AND alias COLLATE "C" = 'x') IS TRUE"#
        ),
        (#"resource.alias == "x""#, #"(alias COLLATE "C" = 'x') IS TRUE"#),
        (
            #"resource.alias == "x" || resource.flag"#,
            #"CASE (alias COLLATE "C" = 'x') WHEN TRUE THEN TRUE WHEN FALSE THEN flag END IS TRUE"#
        ),
        (#"resource.flag || resource.alias == "x""#, #"(flag OR alias COLLATE "C" = 'x') IS TRUE"#),
        (
            #"!(resource.alias == "x" && resource.flag)"#,
            #"(NOT CASE (alias COLLATE "C" = 'x') WHEN TRUE THEN flag WHEN FALSE THEN FALSE END) IS TRUE"#
        ),
        (
            "if resource.flag then resource.n == 1 else resource.n == 2",
            "CASE WHEN flag THEN n = 1 ELSE n = 2 END IS TRUE"
        ),
        (
            "if resource.mark then resource.n == 1 else resource.n == 2",
            "CASE mark WHEN TRUE THEN n = 1 WHEN FALSE THEN n = 2 END IS TRUE"
        ),
        (
            #"(if resource.flag then resource.name else "x") == "y""#,
            #"(CASE WHEN flag THEN name ELSE 'x' END COLLATE "C" = 'y') IS TRUE"#
        ),
        (#"["a", "b"].contains(resource.name)"#, #"(name COLLATE "C" = ANY (ARRAY['a', 'b'])) IS TRUE"#),
        (#"["a"].contains(resource.name)"#, #"(name COLLATE "C" = 'a') IS TRUE"#),
        ("principal.tags.contains(resource.name)", #"(name COLLATE "C" = ANY (ARRAY['a', 'b'])) IS TRUE"#),
        ("[1, 2].contains(resource.n)", "(n = ANY (ARRAY[1, 2]::bigint[])) IS TRUE"),
        (#"resource.labels.contains("a")"#, #"('a' COLLATE "C" = ANY (labels)) IS TRUE"#),
        ("resource.labels.contains(resource.name)", #"(name COLLATE "C" = ANY (labels)) IS TRUE"#),
        (#"resource.labels.containsAll(["a", "b"])"#, #"labels COLLATE "C" @> ARRAY['a', 'b'] IS TRUE"#),
        (#"["a", "b"].containsAll(resource.labels)"#, #"labels COLLATE "C" <@ ARRAY['a', 'b'] IS TRUE"#),
        ("resource.labels.containsAny(principal.tags)", #"labels COLLATE "C" && ARRAY['a', 'b'] IS TRUE"#),
        ("resource.labels.isEmpty()", "(cardinality(labels) = 0) IS TRUE"),
        (
            #"resource.labels == ["a"]"#,
            #"(labels COLLATE "C" @> ARRAY['a'] AND labels COLLATE "C" <@ ARRAY['a']) IS TRUE"#
        ),
        ("resource.counts.contains(7)", "(7 = ANY (counts)) IS TRUE"),
        (
            #"resource has hints && resource.hints.contains("a")"#,
            #"(hints IS NOT NULL AND 'a' COLLATE "C" = ANY (hints)) IS TRUE AND NOT EXISTS (SELECT FROM unnest(hints) AS element WHERE element IS NULL)"#
        ),
        (#"resource.name like "a*""#, #"(name COLLATE "C" LIKE 'a%') IS TRUE"#),
        (#"resource.name like "*50%_\\*""#, #"(name COLLATE "C" LIKE E'%50\\%\\_\\\\%' ESCAPE E'\\') IS TRUE"#),
        (#"resource.name like "a\*""#, #"(name COLLATE "C" = 'a*') IS TRUE"#),
        (#"resource.name like "*""#, "TRUE"),
        (#"resource.owner == User::"x""#, #"(owner COLLATE "C" = 'x') IS TRUE"#),
        ("resource.owner == principal", #"(owner COLLATE "C" = 'alice') IS TRUE"#),
        ("resource.owner == resource.other", "FALSE"),
        (
            "resource has editor && resource.editor == principal",
            #"(editor IS NOT NULL AND editor COLLATE "C" = 'alice') IS TRUE"#
        ),
        (#"resource.editor == Other::"x""#, "FALSE"),
        ("principal in resource.readers", #"readers COLLATE "C" && ARRAY['alice'] IS TRUE"#),
        ("resource.readers.contains(principal)", #"('alice' COLLATE "C" = ANY (readers)) IS TRUE"#),
        ("principal in resource.team", #"(team COLLATE "C" = 'red') IS TRUE"#),
        (#"resource.owner in Team::"red""#, #"(owner COLLATE "C" = 'alice') IS TRUE"#),
        (#"resource.owner in Org::"acme""#, #"(owner COLLATE "C" = ANY (ARRAY['alice', 'bob'])) IS TRUE"#),
        (#"resource in Team::"red""#, #"(team_id COLLATE "C" = 'red') IS TRUE"#),
        (#"resource in Org::"acme""#, #"(team_id COLLATE "C" = ANY (ARRAY['blue', 'red'])) IS TRUE"#),
        (#"resource in Row::"x""#, #"(id COLLATE "C" = 'x') IS TRUE"#),
        (#"resource == Row::"x""#, #"(id COLLATE "C" = 'x') IS TRUE"#),
        ("resource is Row", "TRUE"),
        ("resource.owner is User", "TRUE"),
        (
            #"resource.at < datetime("2024-01-01")"#,
            "(floor(EXTRACT(EPOCH FROM at) * 1000) < 1704067200000) IS TRUE AND isfinite(at)"
        ),
        (
            #"resource has until && resource.until >= datetime("2024-01-01")"#,
            "(until IS NOT NULL AND floor(EXTRACT(EPOCH FROM until) * 1000) >= 1704067200000) IS TRUE AND isfinite(until) IS NOT FALSE"
        ),
        ("resource has until", "until IS NOT NULL AND isfinite(until) IS NOT FALSE"),
        (#"resource.lasts > duration("1d")"#, "(lasts > 86400000) IS TRUE"),
        ("resource.lasts.toHours() == 5", "(lasts / 3600000 = 5) IS TRUE"),
        (
            #"resource.price.lessThan(decimal("5.5"))"#,
            "(price < 5.5000) IS TRUE AND price BETWEEN (-922337203685477.5808) AND 922337203685477.5807 AND min_scale(price) <= 4"
        ),
        (
            #"resource.price == decimal("-5.5")"#,
            "(price = (-5.5000)) IS TRUE AND price BETWEEN (-922337203685477.5808) AND 922337203685477.5807 AND min_scale(price) <= 4"
        ),
        (#"resource.from.isInRange(ip("10.0.0.0/8"))"#, #""from" <<= '10.0.0.0/8'::inet IS TRUE"#),
        (#"resource.from == ip("10.0.0.1")"#, #"("from" = '10.0.0.1'::inet) IS TRUE"#),
        ("resource.from.isIpv4()", #"(family("from") = 4) IS TRUE"#),
        (
            "resource.from.isLoopback()",
            #"("from" <<= '127.0.0.0/8'::inet OR "from" <<= '0:0:0:0:0:0:0:1'::inet) IS TRUE"#
        ),
        (#"resource.subject.home == "DE""#, #"(s_home COLLATE "C" = 'DE') IS TRUE"#),
        (
            #"resource.subject has id && resource.subject.id == "x""#,
            #"(s_id IS NOT NULL AND s_id COLLATE "C" = 'x') IS TRUE"#
        ),
        (
            "resource has extra.level && resource.extra.level > 1",
            "(extra_level IS NOT NULL AND extra_level > 1) IS TRUE"
        ),
        ("resource has extra && resource.extra.level > 1", "(extra_id IS NOT NULL AND extra_level > 1) IS TRUE"),
        (
            "resource.owner.home == principal.home",
            #"(((SELECT home FROM users WHERE users.id COLLATE "C" = owner)) COLLATE "C" = 'DE') IS TRUE"#
        ),
        (#"context.region == "EU" && resource.flag"#, "flag IS TRUE"),
        ("context has level && resource.n > context.level", "FALSE"),
    ])
    func `are Cedar's`(_ expression: String, _ sql: String) throws {
        #expect(try TestModel.sql(expression) == sql)
    }
}
