"""Tables with hostile content in PostgreSQL, and their rows as Cedar entities.

The rows are read back from the server as text, so that what an entity holds does not depend on how a predicate is
translated. A value that Cedar has not (NaN, infinity, a number out of range) is an absent attribute, as NULL is; its
row is remembered, for a translation may hide such rows.
"""

import dataclasses
import ipaddress

import psycopg

from schemas import ADDRESSES, IDS, LONGS, STRINGS, Action, EntityType, Schema

TEXTS = [text for text in STRINGS if "\0" not in text]
ROW_IDS = [text for text in IDS if "\0" not in text]

INSTANTS = (
    "1970-01-01 00:00:00+00", "1969-12-31 23:59:59.999+00", "1969-12-31 23:59:59.9995+00",
    "1970-01-01 00:00:00.0009+00", "2024-02-29 00:00:00+00", "2024-02-29 12:30:00.001+00",
    "2024-02-29 12:30:00.001999+00", "0001-01-01 00:00:00+00 BC",
    "4713-01-01 00:00:00+00 BC", "9999-12-31 23:59:59.999+00", "294276-12-31 23:59:59+00", "2024-05-31 18:30:00+00",
    "2038-01-19 03:14:08+00", "infinity", "-infinity",
)
NUMBERS = (
    "0", "1", "1.5", "-1.5", "0.0001", "-0.0001", "12.34", "99.99", "922337203685477.5807", "-922337203685477.5808",
    "922337203685477.5808", "-922337203685477.5809", "999999999999999.9999", "NaN",
)
NETWORKS = (*ADDRESSES, "::ffff:10.0.0.1", "0.0.0.0/32", "255.255.255.255", "10.1.2.3/8")
COLUMN_ATTRIBUTES = (
    "name", "age", "n", "a", "b", "owner", "tags", "if", "in", "é", "e\u0301", "a b", "context", "like", "K", "\u212a",
)
MILLISECONDS = "CASE WHEN isfinite({0}) THEN floor(extract(epoch FROM {0}) * 1000)::text ELSE '-' END"
# Types of attributes that can be reached through another table: in the mapping, and as it is declared there.
JOINED = {
    "String": ("text", "text"), "Long": ("long", "bigint"), "Bool": ("bool", "bool"),
    "decimal": ("numeric", "numeric(19,4)"), "ipaddr": ("inet", "inet"),
}
DECIMAL_MAX = 2**63 - 1


@dataclasses.dataclass(frozen=True)
class Kind:
    """A column's type: as the mapping calls it, as SQL declares it, and as Cedar does."""

    mapped: str
    declared: str
    cedar: object
    values: tuple
    # From the column to text that `entity_value` reads.
    shown: str = "{}::text"


def kinds(user, group, collations):
    texts = [f'text COLLATE "{collation}"' for collation in collations]
    every = [
        Kind("bool", "bool", "Bool", ("true", "false"), "CASE WHEN {} THEN 'true' ELSE 'false' END"),
        Kind("long", "bigint", "Long", tuple(map(str, LONGS))),
        Kind("long", "bigint", "Long", ("0", "1", "2", "3", "7", "-1")),
        Kind("long", "integer", "Long", ("0", "1", "-1", "2147483647", "-2147483648")),
        Kind("long", "smallint", "Long", ("0", "1", "2", "32767", "-32768")),
        Kind("timestamptz", "timestamptz", "datetime", INSTANTS, MILLISECONDS),
        Kind("numeric", "numeric(19,4)", "decimal", NUMBERS),
        Kind("inet", "inet", "ipaddr", NETWORKS),
    ]
    for text in texts:
        array = text.replace("text", "text[]", 1)
        every += [
            Kind("text", text, "String", tuple(TEXTS)),
            Kind("text", text, "String", ("a", "A", "é", "e\u0301", "", "fr", "FR")),
            Kind("text[]", array, ("Set", "String"), tuple(TEXTS), "to_json({})"),
            Kind(f"entity:{user}[]", array, ("Set", ("Entity", user)), tuple(ROW_IDS), "to_json({})"),
            Kind(f"entity:{user}", text, ("Entity", user), tuple(ROW_IDS)),
            Kind(f"entity:{group}", text, ("Entity", group), tuple(ROW_IDS)),
        ]
    return every


@dataclasses.dataclass
class Column:
    # The attribute's name, or that of a record and its name in there.
    path: tuple
    sql: str
    name: str
    kind: Kind
    is_nullable: bool
    # NULL in an array is no value that Cedar has.
    has_null_elements: bool = False

    def mapped(self):
        mapped = {"sql": self.sql, "type": self.kind.mapped, "nullable": self.is_nullable}
        if self.kind.mapped.endswith("[]") and not self.has_null_elements:
            mapped["nullElements"] = False
        return mapped

    def random_value(self, rng):
        if self.is_nullable and rng.random() < 0.2:
            return None
        if self.kind.mapped.endswith("[]"):
            values = self.kind.values + (None,) * self.has_null_elements
            return [rng.choice(values) for _ in range(rng.choice((0, 0, 1, 2, 3)))]
        return rng.choice(self.kind.values)


class Table:
    """A table in the database, its rows, and the schema and mapping that describe it."""

    def __init__(self, rng, collations):
        self.schema = Schema(rng.choice(("", "App")), {}, {})
        user, group, doc, folder = map(self.schema.qualified, ("User", "Group", "Doc", "Folder"))
        self.type = doc
        names = rng.sample(COLUMN_ATTRIBUTES, 12)
        every = kinds(user, group, collations)
        self.columns = []
        for index, attribute in enumerate(names):
            kind = rng.choice(every)
            sql, is_nullable = f'"c{index}"', rng.random() < 0.5
            if kind.mapped == "text" and rng.random() < 0.15:
                sql, is_nullable = f'(lower("c{index}") || "c{index}")', True
            path = ("subject", attribute) if index >= 10 else (attribute,)
            self.columns.append(Column(path, sql, f"c{index}", kind, is_nullable, rng.random() < 0.2))
        declared = f'text COLLATE "{rng.choice(collations)}"'
        container = Kind(f"entity:{folder}", declared, ("Entity", folder), tuple(ROW_IDS))
        self.container = Column(("parent",), '"container"', "container", container, rng.random() < 0.5)
        self.id_collation = rng.choice(collations)

        known = (
            ("role", "String", True), ("level", "Long", True), ("is_admin", "Bool", True), ("city", "String", False),
            ("since", "datetime", False), ("limit", "decimal", False), ("address", "ipaddr", False),
            ("words", ("Set", "String"), True), ("home", ("Entity", group), False),
            ("friends", ("Set", ("Entity", user)), False),
        )
        own = [(c.path[0], c.kind.cedar, not c.is_nullable) for c in self.columns if len(c.path) == 1]
        inner = [(c.path[1], c.kind.cedar, not c.is_nullable) for c in self.columns if len(c.path) == 2]
        types = [
            EntityType(user, [group], tuple(rng.sample(known, rng.randint(3, 8)))),
            EntityType(group, [group], (("level", "Long", False),)),
            EntityType(doc, [folder], (*own, ("subject", ("Record", tuple(inner)), True))),
            EntityType(folder, [folder], (("name", "String", False),)),
        ]
        self.schema.types = {type_.name: type_ for type_ in types}
        self.people = user
        self.joined = {name: type_ for name, type_, _ in types[0].attributes if type_ in JOINED}
        context = tuple(rng.sample(known, rng.randint(0, 3)))
        self.schema.actions = {
            "all": Action("all", [], [], [], ()),
            "view": Action("view", ["all"], [user], [doc], context),
            "edit": Action("edit", ["all"], [user], [doc, folder], context),
        }

    @property
    def stored(self):
        return [*self.columns, self.container]

    def mapping(self):
        attributes = {".".join(column.path): column.mapped() for column in self.columns}
        for column in self.columns:
            if column.kind.mapped == f"entity:{self.people}":
                attributes |= {".".join((*column.path, name)): self._joined(column, name) for name in self.joined}
        parents = {self.container.kind.cedar[1]: self.container.mapped()}
        return {self.type: {"table": '"rows"', "id": '"id"', "attributes": attributes, "parents": parents}}

    def _joined(self, column, name):
        """An attribute of the person that the row names, who need not exist."""
        found = f'SELECT "{name}" FROM "people" WHERE "people"."id" = "rows"."{column.name}" COLLATE "C"'
        return {"sql": f"({found})", "type": JOINED[self.joined[name]][0], "nullable": True}

    def create_people(self, connection, people):
        """The people's attributes that rows reach by a join."""
        names = list(self.joined)
        declared = ['"id" text COLLATE "C" PRIMARY KEY', *(f'"{name}" {JOINED[self.joined[name]][1]}' for name in names)]
        connection.execute('DROP TABLE IF EXISTS "people"')
        connection.execute(f'CREATE TABLE "people" ({", ".join(declared)})')
        for person in people:
            values = [plain(person["attrs"].get(name)) for name in names]
            connection.execute(
                f'INSERT INTO "people" VALUES (%s{", %s" * len(names)})', (person["uid"]["id"], *values)
            )

    def create(self, connection, rng, count):
        declared = [f'"{c.name}" {c.kind.declared}{"" if c.is_nullable else " NOT NULL"}' for c in self.stored]
        connection.execute('DROP TABLE IF EXISTS "rows"')
        declared = ['"row" int PRIMARY KEY', f'"id" text COLLATE "{self.id_collation}" NOT NULL', *declared]
        connection.execute(f'CREATE TABLE "rows" ({", ".join(declared)})')
        holders = ", ".join(f"%s::{column.kind.declared}" for column in self.stored)
        with connection.cursor() as cursor:
            cursor.executemany(
                f'INSERT INTO "rows" VALUES (%s, %s, {holders})',
                [(row, self.row_id(row), *(c.random_value(rng) for c in self.stored)) for row in range(count)],
            )
        connection.execute('ANALYZE "rows"')

    @staticmethod
    def row_id(row):
        # The first ones look alike, the others are many.
        return ROW_IDS[row] if row < len(ROW_IDS) else f"d{row}"

    def entities(self, connection):
        """The rows as entities, in order, and which of them hold a value that Cedar has not."""
        shown = ", ".join(f"CASE WHEN {c.sql} IS NOT NULL THEN {c.kind.shown.format(c.sql)} END" for c in self.stored)
        entities, odd = [], set()
        for row, id_, *texts in connection.execute(f'SELECT "row", "id", {shown} FROM "rows" ORDER BY "row"'):
            attributes, parents = {"subject": {}}, []
            for column, text in zip(self.stored, texts):
                value = None if text is None else entity_value(column.kind, text)
                if value is None:
                    odd.update([row] if text is not None else [])
                elif column is self.container:
                    parents.append(value["__entity"])
                else:
                    holder = attributes if len(column.path) == 1 else attributes[column.path[0]]
                    holder[column.path[-1]] = value
            entities.append({"uid": {"type": self.type, "id": id_}, "attrs": attributes, "parents": parents})
        return entities, odd


def plain(value):
    """The value of an attribute as PostgreSQL reads it."""
    return value["__extn"]["arg"] if isinstance(value, dict) else value


def entity_value(kind, text):
    """The JSON of the Cedar value, None if there is none."""
    if kind.mapped == "bool":
        return text == "true"
    if kind.mapped == "long":
        return int(text)
    if kind.mapped == "timestamptz":
        if text == "-":
            return None
        epoch = {"__extn": {"fn": "datetime", "arg": "1970-01-01"}}
        return {"__extn": {"fn": "offset", "args": [epoch, {"__extn": {"fn": "duration", "arg": f"{text}ms"}}]}}
    if kind.mapped == "numeric":
        if text == "NaN" or not -DECIMAL_MAX - 1 <= int(text.replace(".", "")) <= DECIMAL_MAX:
            return None
        return {"__extn": {"fn": "decimal", "arg": text}}
    if kind.mapped == "inet":
        network = ipaddress.ip_interface(text)
        return {"__extn": {"fn": "ip", "arg": f"{network.ip.exploded}/{network.network.prefixlen}"}}
    if kind.mapped.endswith("[]"):  # comes as a list
        element = kind.cedar[1]
        elements = [{"__entity": {"type": element[1], "id": id_}} for id_ in text] if element != "String" else text
        return None if None in text else elements
    if kind.mapped.startswith("entity:"):
        return {"__entity": {"type": kind.cedar[1], "id": text}}
    return text


def collations_of(connection):
    """The server's, with one that takes different strings for equal, if it has ICU."""
    try:
        with connection.transaction():
            connection.execute(
                "CREATE COLLATION IF NOT EXISTS alike"
                " (provider = icu, locale = 'und-u-ks-level1', deterministic = false)"
            )
    except psycopg.Error:
        return ("default", "C")
    return ("alike", "alike", "default", "C")
