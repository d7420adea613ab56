"""Random policy sets, entities and requests: are decisions, reasons, errors, validity and JSON form the official ones?

Several policies in a set, linked templates, hierarchies, every type of value, expressions that fail, strings that only
look alike, attributes that are called like reserved words; with a schema and without; and texts with a mistake.
"""


from cases import Case, Policy
from driver import differential, options
from expressions import PolicyWriter
from schemas import Population, random_schema

MISTAKES = "(){}[]\"'.,;:=!<>&|+-*/\\@?_ 09aeinx\n\u00e9\ufeff"


def make_case(rng):
    schema = random_schema(rng)
    has_schema = rng.random() < 0.35
    wild = 0.0 if has_schema and rng.random() < 0.7 else rng.choice((0.01, 0.04, 0.12))
    # A population that does not fit its schema is refused whole: rarely worth a case.
    misfits = rng.choice((0.0, 0.0, 0.02, 0.1)) if not has_schema else 0.01 * (rng.random() < 0.2)
    population = Population(schema, rng, misfits, implicit=0.3 if has_schema else 0.0)
    writer = PolicyWriter(schema, rng, wild, template_share=rng.choice((0, 0, 0.4)))
    focus = rng.choice(writer.environments)  # most policies and requests are about the same
    policies = [writer.policy(focus if rng.random() < 0.8 else None) for _ in range(rng.choice((1, 2, 3, 4, 6, 10)))]
    links = [
        link(rng, population, index, policy, number)
        for index, policy in enumerate(policies) if policy.slots for number in range(rng.randint(0, 2))
    ]
    if rng.random() < 0.04:
        index = rng.randrange(len(policies))
        if not policies[index].slots:
            policies[index] = mistaken(rng, policies[index])
    entities = population.entities + ([] if has_schema or rng.random() < 0.2 else population.action_entities())
    return Case(
        tuple(policies), schema.text(rng) if has_schema else None, tuple(entities),
        tuple(population.request(focus if rng.random() < 0.8 else None) for _ in range(12)), tuple(links),
    )


def link(rng, population, index, policy, number):
    types = list(population.schema.types)
    values = {slot: population.uid(rng.choice(types)) for slot in policy.slots}
    return {"template": f"policy{index}", "id": f"link{index}-{number}", "values": values}


def mistaken(rng, policy):
    text = str(policy)
    place = rng.randrange(len(text))
    change = rng.random()
    if change < 0.4:
        changed = text[:place] + text[place + 1 :]
    elif change < 0.7:
        changed = text[:place] + rng.choice(MISTAKES) + text[place:]
    else:
        end = min(len(text), place + rng.randint(1, 12))
        changed = text[:end] + text[place:]
    return Policy(policy.effect, raw=changed)


def compare(report, case, ours, theirs):
    if "crashed" in theirs:
        report.note("cases the official engine crashed on")
        return 0
    if "crashed" in ours:
        report.differ("crash", ours["crashed"], "an answer", case)
        return 0
    if "error" in ours and theirs["parsed"]:
        # Entities that do not fit the schema: either engine refuses them as a whole.
        expected = "refused" if all(result["decision"] is None for result in theirs["results"]) else theirs["results"]
        report.compare("refused", "refused", expected, case, ours["error"])
        return len(case.requests)
    report.compare("parsed", ours.get("parsed", False), theirs["parsed"], case, ours.get("why"))
    if not (ours.get("parsed") and theirs["parsed"]):
        return 1
    report.compare("JSON form", without_links(ours.get("est")), without_links(theirs["est"]), case)
    if case.schema is not None and not case.links:
        report.compare("valid", ours.get("valid"), theirs["valid"], case, theirs.get("problems"))
    for request, mine, other in zip(case.requests, ours["results"], theirs["results"]):
        if other["decision"] is None:
            report.compare("refused", mine.get("decision"), None, case, other["why"])
            continue
        report.note("requests allowed", other["decision"] == "allow")
        report.note("requests with errors", bool(other["errors"]))
        report.compare("decision", mine.get("decision"), other["decision"], case)
        for key in ("reason", "errors"):
            report.compare(key, sorted(mine.get(key) or []), other[key], case)
    return len(case.requests)


def without_links(est):
    return {key: value for key, value in (est or {}).items() if key != "templateLinks"}


def main():
    arguments = options(__doc__, count=100_000).parse_args()
    report = differential(
        "Generated policy sets", arguments, make_case, lambda oracle, line: oracle.authorize(line), compare
    )
    report.finish(arguments)


if __name__ == "__main__":
    main()
