"""Random schemas, and the entities, contexts and requests that fit them, or nearly.

A type is "Bool", "Long", "String", "decimal", "ipaddr", "datetime", "duration", ("Entity", name), ("Set", type) or
("Record", ((attribute, type, is_required), …)).
"""

import dataclasses

from cases import is_identifier, quoted

SCALARS = ("Bool", "Long", "String", "decimal", "ipaddr", "datetime", "duration")
EXTENSIONS = {"decimal": "decimal", "ipaddr": "ip", "datetime": "datetime", "duration": "duration"}

# Equal to a reader or to Unicode, not to Cedar; and what SQL, JSON and patterns take for something else.
STRINGS = (
    "", "a", "A", "b", "ab", "fr", "FR", "fr ", " ", "é", "e\u0301", "É", "ﬁ", "fi", "ß", "ss", "ı", "i", "I", "İ",
    "K", "\u212a", "Å", "\u212b", "A\u030a", "가", "\u1100\u1161", "日本", "👩\u200d💻", "👩", "a\u200bb", "\ufeffa",
    "a\nb", "a\r\nb", "\n", "*", "a*b", "a%b", "a_b", "%", "_", "\\", "\\*", "a\\b", "'", "''", '"', "$1", "a'b",
    "\t", "\u0001", "\u0000", "aa", "aaa", "null", "true", "0", "1.2.3.4", "\U0001f600", "Σ", "ς", "σ",
)
LONGS = (
    0, 1, -1, 2, 3, 7, 10, 100, -5, 255, 2**31, -(2**31) - 1, 2**53 + 1, 2**62, 2**63 - 1, 2**63 - 2, -(2**63),
    -(2**63) + 1,
)
DECIMALS = (
    "0.0", "1.0", "1.00", "1.5", "-1.5", "0.0001", "-0.0001", "12.3400", "99.99", "922337203685477.5807",
    "-922337203685477.5808", "-0.0",
)
ADDRESSES = (
    "10.0.0.1", "10.0.0.1/32", "10.0.0.1/24", "10.0.0.0/24", "10.0.0.0/8", "0.0.0.0/0", "127.0.0.1", "127.0.0.0/7",
    "192.168.1.255", "224.0.0.1", "224.0.0.0/3", "::1", "::1/128", "::/0", "fe80::1", "fe80::/10", "ff00::/8",
    "2001:db8::ff00:42:8329", "::ffff:a00:1", "::a00:1",
)
DATETIMES = (
    "1970-01-01", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z", "2024-02-29", "2024-02-29T12:30:00.001Z",
    "0000-01-01", "9999-12-31T23:59:59.999Z", "2024-06-01T00:00:00+0530", "1900-01-01T01:02:03-2359",
    "2038-01-19T03:14:08Z",
)
DURATIONS = (
    "0ms", "1ms", "-1ms", "1s", "1d", "-1d", "1d2h3m4s5ms", "-90m", "24h", "86400s", "106751991167d",
    "9223372036854775807ms", "-9223372036854775808ms",
)
INVALID = {
    "decimal": ("1", "1.", ".5", "1.00000", "+1.0", "922337203685477.5808", "1e1", ""),
    "ipaddr": ("010.0.0.1", "1.2.3", "1.2.3.4/33", "::ffff:1.2.3.4", "1.2.3.4/08", ":::", ""),
    "datetime": ("2023-02-29", "2024-01-01T24:00:00Z", "2024-01-01T00:00:00", "2024-1-1", "2024-01-01t00:00:00z", ""),
    "duration": ("", "1", "1h1d", "1s1s", "9223372036854775808ms", "1.5h", "+1s"),
}
LITERALS = {"decimal": DECIMALS, "ipaddr": ADDRESSES, "datetime": DATETIMES, "duration": DURATIONS}
ATTRIBUTES = (
    "name", "age", "n", "a", "b", "owner", "tags", "principal", "context", "permit", "if", "in", "is", "like", "has",
    "true", "", "a b", "é", "e\u0301", "type", "id", "K", "\u212a", 'q"q', "x.y", "Set", "Long", "then", "else",
)
IDS = ("a", "b", "c", "é", "e\u0301", "", "A", 'q"', "a\nb", "\\", "K", "\u212a", "\u0000", "*")
TAGS = ("k", "K", "é", "e\u0301", "", "if")


@dataclasses.dataclass
class EntityType:
    name: str
    parents: list
    attributes: tuple
    tags: object = None
    enumeration: tuple | None = None


@dataclasses.dataclass
class Action:
    name: str
    parents: list
    principals: list
    resources: list
    context: tuple


@dataclasses.dataclass
class Schema:
    namespace: str
    types: dict
    actions: dict
    commons: dict = dataclasses.field(default_factory=dict)

    def qualified(self, name):
        return f"{self.namespace}::{name}" if self.namespace else name

    def action_uid(self, name):
        return {"type": self.qualified("Action"), "id": name}

    def text(self, rng):
        return SchemaText(self, rng).text()


class SchemaText:
    """A schema as Cedar writes it, in one of the ways that are the same."""

    def __init__(self, schema, rng):
        self.schema, self.rng = schema, rng

    def text(self):
        lines = [f"type {name} = {self.type(type_, False)};" for name, type_ in self.schema.commons.items()]
        lines += map(self.entity, self.schema.types.values())
        lines += map(self.action, self.schema.actions.values())
        self.rng.shuffle(lines)
        body = "\n".join(lines)
        return f"namespace {self.schema.namespace} {{\n{body}\n}}" if self.schema.namespace else body

    def entity(self, entity):
        name = self.local(entity.name)
        if entity.enumeration is not None:
            return f"entity {name} enum [{', '.join(quoted(id_, self.rng) for id_ in entity.enumeration)}];"
        parents = f" in [{', '.join(map(self.reference, entity.parents))}]" if entity.parents else ""
        shape = self.rng.choice((" ", " = ")) + self.record(entity.attributes) if entity.attributes else ""
        tags = f" tags {self.type(entity.tags)}" if entity.tags is not None else ""
        return f"entity {name}{parents}{shape}{tags};"

    def action(self, action):
        parents = f" in [{', '.join(quoted(parent, self.rng) for parent in action.parents)}]" if action.parents else ""
        applies = ""
        if action.principals:
            context = f", context: {self.record(action.context)}" if action.context or self.rng.random() < 0.5 else ""
            principals = ", ".join(map(self.reference, action.principals))
            resources = ", ".join(map(self.reference, action.resources))
            applies = f" appliesTo {{ principal: [{principals}], resource: [{resources}]{context} }}"
        return f"action {quoted(action.name, self.rng)}{parents}{applies};"

    def type(self, type_, may_name=True):
        named = [name for name, common in self.schema.commons.items() if common == type_]
        if may_name and named and self.rng.random() < 0.7:
            return named[0]
        if isinstance(type_, str):
            return self.rng.choice((type_, type_, f"__cedar::{type_}"))
        kind, inner = type_
        if kind == "Entity":
            return self.reference(inner)
        return f"Set<{self.type(inner)}>" if kind == "Set" else self.record(inner)

    def record(self, attributes):
        def name(text):
            return text if is_identifier(text) and self.rng.random() < 0.8 else quoted(text, self.rng)

        written = [f"{name(key)}{'' if required else '?'}: {self.type(type_)}" for key, type_, required in attributes]
        return "{" + ", ".join(written) + "}"

    def reference(self, name):
        return name if self.rng.random() < 0.5 else self.local(name)

    def local(self, name):
        return name.removeprefix(self.schema.namespace + "::") if self.schema.namespace else name


def random_type(rng, entity_names, depth=2):
    kind = rng.random()
    if depth > 0 and kind < 0.15:
        return ("Set", random_type(rng, entity_names, depth - 1))
    if depth > 0 and kind < 0.3:
        return ("Record", random_attributes(rng, entity_names, 3, depth - 1))
    if kind < 0.45:
        return ("Entity", rng.choice(entity_names))
    return rng.choice(SCALARS[:3] * 2 + SCALARS[3:])


def random_attributes(rng, entity_names, count, depth=2):
    names = rng.sample(ATTRIBUTES, rng.randint(0, count))
    return tuple((name, random_type(rng, entity_names, depth), rng.random() < 0.6) for name in names)


def random_schema(rng):
    schema = Schema(rng.choice(("", "", "App", "My::Space")), {}, {})
    names = rng.sample(("User", "Group", "Doc", "Folder", "Team"), rng.randint(2, 4))
    names = list(map(schema.qualified, names))
    enumerated = [schema.qualified("Color")] if rng.random() < 0.3 else []
    everything = names + enumerated
    if rng.random() < 0.3:
        schema.commons["Common"] = ("Record", random_attributes(rng, everything, 3, 1))
    for name in names:
        tags = random_type(rng, everything, 1) if rng.random() < 0.35 else None
        parents = rng.sample(names, rng.randint(0, len(names)))
        attributes = random_attributes(rng, everything, 6)
        if schema.commons and rng.random() < 0.5 and "common" not in [name for name, *_ in attributes]:
            attributes += (("common", schema.commons["Common"], rng.random() < 0.5),)
        schema.types[name] = EntityType(name, parents, attributes, tags)
    for name in enumerated:
        schema.types[name] = EntityType(name, [], (), None, tuple(rng.sample(IDS, 3)))
    earlier = []
    for name in rng.sample(("view", "edit", "all", "x y", "é", "e\u0301"), rng.randint(1, 4)):
        parents = rng.sample(earlier, rng.randint(0, min(2, len(earlier))))
        applies = rng.random() < 0.85 or not earlier
        principals = rng.sample(everything, rng.randint(1, 2)) if applies else []
        resources = rng.sample(everything, rng.randint(1, 2)) if applies else []
        context = random_attributes(rng, everything, 4) if applies else ()
        schema.actions[name] = Action(name, parents, principals, resources, context)
        earlier.append(name)
    return schema


class Population:
    """Entities of a schema's types, and requests about them.

    `wild` is how often something does not fit, `implicit` how often an escape is left out that a schema makes needless.
    """

    def __init__(self, schema, rng, wild=0.0, implicit=0.0):
        self.schema, self.rng, self.wild, self.implicit = schema, rng, wild, implicit
        self.uids = {
            name: [{"type": name, "id": id_} for id_ in (type_.enumeration or rng.sample(IDS, rng.randint(1, 4)))]
            for name, type_ in schema.types.items()
        }
        self.entities = [self.entity(uid) for uids in self.uids.values() for uid in uids if rng.random() < 0.95]
        self.entities = [entity for entity in self.entities if not schema.types[entity["uid"]["type"]].enumeration]

    def entity(self, uid):
        type_ = self.schema.types[uid["type"]]
        order = [(name, known["id"]) for name, uids in self.uids.items() for known in uids]
        later = order[order.index((uid["type"], uid["id"])) + 1 :]  # no cycles
        parents = [
            {"type": name, "id": id_} for name, id_ in later
            if (name in type_.parents or self._strays()) and self.rng.random() < 0.5
        ]
        entity = {"uid": uid, "attrs": self.record(type_.attributes), "parents": parents}
        if type_.tags is not None or self._strays():
            keys = self.rng.sample(TAGS, self.rng.randint(0, 3))
            entity["tags"] = {key: self.value(type_.tags or "Long") for key in keys}
        return entity

    def action_entities(self):
        """As the schema would add them, for engines that are not given it."""
        name = self.schema.action_uid
        return [
            {"uid": name(action.name), "attrs": {}, "parents": list(map(name, action.parents))}
            for action in self.schema.actions.values()
        ]

    def request(self, environment=None):
        if environment is None:
            action = self.rng.choice([action for action in self.schema.actions.values() if action.principals])
            principals, resources = action.principals, action.resources
        else:
            action = self.schema.actions[environment.action]
            principals, resources = [environment.principal], [environment.resource]
        if self._strays():
            principals = resources = list(self.schema.types)
        return {
            "principal": self.uid(self.rng.choice(principals)),
            "action": self.schema.action_uid(action.name),
            "resource": self.uid(self.rng.choice(resources)),
            "context": self.record(action.context),
            "validateRequest": True,
        }

    def uid(self, type_):
        known = self.uids.get(type_)
        is_enumerated = known and self.schema.types[type_].enumeration
        if known and (is_enumerated or self.rng.random() < 0.95):
            return self.rng.choice(known)
        return {"type": type_, "id": self.rng.choice(IDS)}

    def record(self, attributes):
        record = {}
        for name, type_, required in attributes:
            if self._strays() or not required and self.rng.random() < 0.4:
                continue
            record[name] = self.value(type_)
        if self._strays():
            record[self.rng.choice(ATTRIBUTES)] = self.value(self.rng.choice(SCALARS))
        return record

    def value(self, type_):
        rng = self.rng
        if self._strays():
            type_ = rng.choice(SCALARS)
        if type_ == "Bool":
            return rng.random() < 0.5
        if type_ == "Long":
            return rng.choice(LONGS)
        if type_ == "String":
            return rng.choice(STRINGS)
        if isinstance(type_, str):
            text = rng.choice(INVALID[type_] if self._strays() else LITERALS[type_])
            escaped = {"fn": EXTENSIONS[type_], "arg": text}
            return rng.choice((text, escaped)) if rng.random() < self.implicit else {"__extn": escaped}
        kind, inner = type_
        if kind == "Entity":
            return self.uid(inner) if rng.random() < self.implicit else {"__entity": self.uid(inner)}
        if kind == "Set":
            return [self.value(inner) for _ in range(rng.randint(0, 3))]
        return self.record(inner)

    def _strays(self):
        return self.wild > 0 and self.rng.random() < self.wild
