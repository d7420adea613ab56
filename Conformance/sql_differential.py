"""Random strictly valid policy sets over a hostile table: does PostgreSQL show the rows that the official engine
allows?

Each predicate of `ringfence policy sql` is run over all rows, and each row is decided as an entity by the official
engine. A row shown is unsafe if Cedar denies it, or if a forbid failed on it: Cedar then skips the forbid, Ringfence
must not. A row hidden that Cedar allows must be one on which a forbid failed, or hold a value that Cedar has not, or a
policy of its set was refused in translation; otherwise it is a difference, too.
"""

import collections
import json
import re

import psycopg

from cases import Case, generator, shrunk
from driver import Report, Ringfence, options
from expressions import ARITHMETIC, COMPUTED, CONDITIONAL, RECORDS, Environment, PolicyWriter
from oracle import Oracle
from schemas import Population
from tables import ROW_IDS, Table, collations_of

# What cannot be translated, for the most part: some sets have it nevertheless, to see it refused.
SIMPLE = frozenset({ARITHMETIC, COMPUTED, RECORDS})
HOSTILE_SETTINGS = ("SET TimeZone = 'America/St_Johns'", "SET DateStyle = 'SQL, DMY'", "SET extra_float_digits = -3")


class Round:
    """One table, and the policy sets asked about it."""

    def __init__(self, connection, rng, rows, collations):
        self.rng = rng
        self.connection = connection
        self.table = Table(rng, collations)
        self.table.create(connection, rng, rows)
        self.rows, self.odd = self.table.entities(connection)
        schema = self.table.schema
        population = self.population = Population(schema, rng)
        user = schema.qualified("User")
        population.uids[user] = [{"type": user, "id": id_} for id_ in ROW_IDS[:4]]
        people = [self.person(uid) for uid in population.uids[user]]
        self.table.create_people(connection, people)
        known = (schema.qualified("Group"), schema.qualified("Folder"))
        groups = [entity for entity in population.entities if entity["uid"]["type"] in known]
        self.entities = tuple(people + groups + population.action_entities())
        self.schema_text = schema.text(rng)
        self.requests = [
            {
                "principal": uid, "action": schema.action_uid(name),
                "context": population.record(schema.actions[name].context),
            }
            for uid in population.uids[user] for name in ("view", "edit")
        ]

    def person(self, uid):
        """Without a NUL, which no text in PostgreSQL can have."""
        while "\\u0000" in json.dumps(person := self.population.entity(uid)):
            pass
        return person

    def case(self, oracle):
        """A set that the official validator accepts."""
        rng = self.rng
        request = rng.choice(self.requests)
        schema = self.table.schema
        action = request["action"]["id"]
        environment = Environment(schema.qualified("User"), action, self.table.type, schema.actions[action].context)
        without = SIMPLE | ({CONDITIONAL} if rng.random() < 0.5 else set()) if rng.random() < 0.8 else frozenset()
        reach = 1 if rng.random() < 0.8 else 2
        writer = PolicyWriter(schema, rng, depth=rng.choice((2, 3, 4)), without=without, reach=reach)
        policies = []
        wanted = rng.choice((1, 2, 3, 4, 5))
        while len(policies) < wanted:
            policy = writer.policy(environment, exact=rng.random() < 0.8)
            verdict = oracle.validate({"policy": str(policy), "schema": self.schema_text})
            if verdict.get("valid"):
                policies.append(policy)
        mapping = self.table.mapping()
        return Case(tuple(policies), self.schema_text, self.entities, more=(("mapping", mapping), *request.items()))

    def decisions(self, oracle, case):
        """What Cedar says of each row."""
        line = case.line("rows")
        line |= {"schema": None, "bare": True}
        if case.entities is self.entities:
            line |= {"kept": "rows", "entities": []}
        else:
            line["entities"] = [*case.entities, *self.rows]
        request = {name: line[name] for name in ("principal", "action", "context")}
        line["requests"] = [request | {"resource": row["uid"]} for row in self.rows]
        return oracle.authorize(line)

    def shown(self, predicate):
        with self.connection.transaction(force_rollback=True):
            return {row for (row,) in self.connection.execute(f'SELECT "row" FROM "rows" WHERE ({predicate})')}


def compare(report, round_, case, ours, theirs):
    if "crashed" in theirs or not theirs["parsed"]:
        report.note("sets the official engine gave no answer to")
        return
    if "crashed" in ours or "error" in ours:
        report.differ("crash", ours.get("crashed", ours.get("error")), "an answer", case)
        return
    rejected = ours.get("rejected") or []
    report.note("policy sets")
    report.note("sets with a policy refused", bool(rejected))
    if ours.get("sql") is None:
        report.compare("predicate", rejected != [], True, case)
        return
    report.compared["query fails"] += 1
    try:
        shown = round_.shown(ours["sql"])
    except psycopg.Error as error:
        report.differ("query fails", f"{error}\n{ours['sql']}", "rows", case)
        return
    forbids = case.forbids()
    for what in ("unsafe", "unsafe, value not in Cedar", "stricter without a reason"):
        report.compared[what] += len(round_.rows)
    for row, result in enumerate(theirs["results"]):
        forbid_failed = not forbids.isdisjoint(result["errors"])
        is_allowed = result["decision"] == "allow"
        explained = f"row {round_.rows[row]}\nby {ours['sql']}"
        if row in shown:
            report.note("rows shown")
            if forbid_failed or not is_allowed:
                what = "unsafe, value not in Cedar" if row in round_.odd else "unsafe"
                report.differ(what, f"shows {explained}", result, case)
        elif is_allowed:
            if forbid_failed:
                report.note("rows hidden because a forbid failed")
            elif rejected:
                report.note("rows hidden because a policy was refused")
            elif row in round_.odd:
                report.note("rows hidden with a value not in Cedar")
            else:
                report.differ("stricter without a reason", f"hides {explained}", result, case)


def main():
    parser = options(__doc__, count=1_000_000, batch=100)
    parser.add_argument("--dsn", required=True, help="a database in which tables and collations may be made")
    parser.add_argument("--rows", type=int, default=300)
    arguments = parser.parse_args()
    ringfence = Ringfence(arguments.binary)
    with psycopg.connect(arguments.dsn, autocommit=True) as connection, Oracle() as oracle:
        for setting in HOSTILE_SETTINGS:
            connection.execute(setting)
        collations = collations_of(connection)
        version = connection.info.server_version // 10000
        report = Report(f"Predicates in PostgreSQL {version}" + ("" if "alike" in collations else ", without ICU"))
        reasons = collections.Counter()
        number = 0
        while report.compared["unsafe"] < arguments.count:
            if number >= 4 and report.compared["unsafe"] == 0:
                break  # nothing is translated
            round_ = Round(connection, generator(arguments.seed, "sql", number), arguments.rows, collations)
            number += 1
            oracle.keep_entities("rows", [*round_.entities, *round_.rows])
            batch = [round_.case(oracle) for _ in range(arguments.batch)]
            answers = ringfence.sql([case.line(str(index)) for index, case in enumerate(batch)])
            examples = len(report.examples)
            for case, ours in zip(batch, answers):
                compare(report, round_, case, ours, round_.decisions(oracle, case))
                reasons.update(kind_of(rejection["reason"]) for rejection in ours.get("rejected") or [])
            for example in report.examples[examples:]:
                shrink(example, round_, ringfence, oracle)
    if reasons:
        rows = "".join(f"\n| {reason} | {count:,} |" for reason, count in reasons.most_common(20))
        report.appendix = f"\n| refused because | policies |\n| --- | ---: |{rows}"
    report.finish(arguments)


def kind_of(reason):
    """Without what is named in it, which differs from policy to policy."""
    return re.sub(r"mapping of \S+ has nothing for .*", "mapping has nothing for it", re.sub(r"[`\"'].*[`\"']", "…", reason))


def shrink(example, round_, ringfence, oracle):
    def judged(case):
        scratch = Report("")
        compare(scratch, round_, case, ringfence.sql([case.line("smaller")])[0], round_.decisions(oracle, case))
        return [found for found in scratch.examples if found.what == example.what]

    small = shrunk(example.case, judged, tries=200)
    found = judged(small)
    if found:
        example.case, example.ours, example.theirs = small, found[0].ours, found[0].theirs


if __name__ == "__main__":
    main()
