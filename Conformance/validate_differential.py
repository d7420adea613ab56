"""Random schemas with policies that are valid, or were until one thing about them was changed: is it noticed, as by the
official validator in strict mode? And schemas with a mistake in their text: are they refused?
"""

import dataclasses
import re

from authorize_differential import mistaken
from cases import Case, Policy
from driver import differential, options
from expressions import PolicyWriter
from schemas import random_schema

ALL = Policy("permit")


def make_case(rng):
    schema = random_schema(rng)
    text = schema.text(rng)
    if rng.random() < 0.12:
        return Case((ALL,), str(mistaken(rng, dataclasses.replace(ALL, raw=text))))
    # A condition has some twenty places to go wrong in.
    wild = rng.choice((0.0, 0.01, 0.02, 0.04, 0.08))
    writer = PolicyWriter(schema, rng, wild, depth=rng.choice((2, 4, 5)), template_share=0.1)
    environment = rng.choice(writer.environments)
    count = rng.choice((1, 1, 1, 2, 3))
    return Case(tuple(writer.policy(environment, None if rng.random() < 0.3 else True) for _ in range(count)), text)


def compare(report, case, ours, theirs):
    if "crashed" in theirs:
        report.note("cases the official engine crashed on")
        return 0
    if "crashed" in ours:
        report.differ("crash", ours["crashed"], "an answer", case)
        return 0
    problems = theirs["problems"]
    is_schema_refused = bool(problems) and problems[0].startswith("Schema")
    report.note("schemas with a mistake", is_schema_refused)
    report.note("valid", theirs["valid"])
    if theirs["valid"] and not ours.get("valid") and declares_twice(case.schema):
        report.note("schemas with an attribute declared twice, which only Ringfence refuses")
        return 1
    what = "schema" if is_schema_refused or case.policies == (ALL,) else "valid"
    said = ours.get("error") or ours.get("problems") or problems
    report.compare(what, bool(ours.get("valid")), theirs["valid"], case, said)
    return 1


def declares_twice(schema):
    """Whether a record has two attributes of one name: of those the official engine keeps the last."""

    def character(found):
        point = int(found[1] or found[2], 16)
        return '\\"' if point == 0x22 else chr(point)

    schema = re.sub(r"\\u\{([0-9A-Fa-f]+)\}|\\x([0-9A-Fa-f]{2})", character, schema)
    while record := re.search(r"\{([^{}]*)\}", schema):
        names = re.findall(r'(?:^|,)\s*(?:"((?:[^"\\]|\\.)*)"|(\w+))\s*\??\s*:', record[1])
        if len({quoted or bare for quoted, bare in names}) < len(names):
            return True
        schema = schema[: record.start()] + "_" + schema[record.end() :]
    return False


def main():
    arguments = options(__doc__, count=20_000).parse_args()
    report = differential(
        "Generated schemas and policies", arguments, make_case, lambda oracle, line: oracle.validate(line), compare
    )
    report.finish(arguments)


if __name__ == "__main__":
    main()
