"""How long a decision takes inside the official engine and inside Ringfence's: parsing, entities and JSON not counted.

Both report their own time. The official engine's is counted in whole microseconds for a decision, so it is a little
longer than shown. The two take turns, and the median of the rounds' times counts.
"""

import statistics

from cases import generator
from driver import Ringfence, options
from oracle import Oracle

PHOTOS = """
permit (principal, action == Action::"view", resource) when { resource.album.owner == principal };
permit (principal, action == Action::"view", resource) when { !resource.is_private };
permit (principal, action in [Action::"edit", Action::"tag"], resource) when { resource.album.owner == principal };
permit (principal, action == Action::"delete", resource)
when { resource.album.owner == principal && context.is_authenticated };
permit (principal, action == Action::"comment", resource)
when { context.is_authenticated && principal in resource.album.friends };
forbid (principal, action, resource) unless { context.is_authenticated || !resource.is_private };
"""


def uid(type_, id_):
    return {"type": type_, "id": str(id_)}


def reference(type_, id_):
    return {"__entity": uid(type_, id_)}


def entity(type_, id_, attributes, parents=()):
    return {"uid": uid(type_, id_), "attrs": attributes, "parents": list(parents)}


def photos(rng):
    """Six policies about who may do what with photos in albums."""
    entities = [entity("User", n, {"name": f"user {n}"}, [uid("Club", n % 5)]) for n in range(20)]
    entities += [entity("Club", n, {}) for n in range(5)]
    entities += [
        entity("Album", n, {
            "owner": reference("User", n), "friends": [reference("Club", n % 5), reference("User", n + 1)],
        })
        for n in range(10)
    ]
    entities += [
        entity("Photo", n, {"album": reference("Album", n % 10), "is_private": n % 3 == 0}, [uid("Album", n % 10)])
        for n in range(40)
    ]
    actions = ("view", "edit", "tag", "delete", "comment")
    return PHOTOS, entities, lambda: {
        "principal": uid("User", rng.randrange(20)), "action": uid("Action", rng.choice(actions)),
        "resource": uid("Photo", rng.randrange(40)), "context": {"is_authenticated": rng.random() < 0.8},
    }


def teams(rng, count):
    """A policy for each of many teams: the scope settles nearly all of them."""
    policies = [
        f'forbid (principal in Team::"{n}", action, resource)\n'
        'when { resource has is_archived && resource.is_archived };'
        if n % 10 == 9 else
        f'permit (principal in Team::"{n}", action in [Action::"read", Action::"write"], resource in Shelf::"{n}")\n'
        f'when {{ resource.owner == principal || context.level >= {n % 5} }};'
        for n in range(count)
    ]
    return "\n".join(policies), *library(rng, count)


def conditions(rng, count):
    """As many policies without a scope: each condition is evaluated."""
    policies = [
        f'{"forbid" if n % 10 == 9 else "permit"} (principal, action, resource)\n'
        f'when {{ resource.number == {n} && context.level > {n % 5} && principal.name like "user *" }};'
        for n in range(count)
    ]
    return "\n".join(policies), *library(rng, count)


def library(rng, count):
    people, shelves = 50, min(count, 50)
    entities = [entity("User", n, {"name": f"user {n}"}, [uid("Team", n % count)]) for n in range(people)]
    entities += [entity("Team", n, {}) for n in range(min(count, 50))]
    entities += [
        entity(
            "Book", n, {"owner": reference("User", n % people), "number": n, "is_archived": n % 7 == 0},
            [uid("Shelf", n % shelves)],
        )
        for n in range(100)
    ]
    return entities, lambda: {
        "principal": uid("User", rng.randrange(people)), "action": uid("Action", rng.choice(("read", "write"))),
        "resource": uid("Book", rng.randrange(100)), "context": {"level": rng.randrange(6)},
    }


def main():
    parser = options(__doc__, count=200_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--policies", type=int, nargs="*", default=[10, 100, 1000, 10_000])
    arguments = parser.parse_args()
    ringfence = Ringfence(arguments.binary)
    rng = generator(arguments.seed, "speed")
    sets = [("photo albums", 6, *photos(rng))]
    sets += [("teams, by scope", count, *teams(rng, count)) for count in arguments.policies]
    sets += [("conditions only", count, *conditions(rng, count)) for count in arguments.policies]

    print("\n### Time of a decision inside the engine\n")
    print("| policy set | policies | official (µs) | Ringfence (µs) | official / Ringfence |")
    print("| --- | ---: | ---: | ---: | ---: |", flush=True)
    for name, size, policy, entities, request in sets:
        decisions = max(100, min(20_000, arguments.count // size))
        line = {"id": name, "policy": policy, "entities": entities, "requests": [request() for _ in range(decisions)]}
        official, own = [], []
        with Oracle() as oracle:
            for _ in range(arguments.rounds):
                official.append(oracle.authorize(line | {"bare": True})["seconds"] / decisions)
                counted, seconds = ringfence.timed([line])
                own.append(seconds / counted)
        theirs, ours = statistics.median(official) * 1e6, statistics.median(own) * 1e6
        print(f"| {name} | {size:,} | {theirs:,.2f} | {ours:,.2f} | {theirs / ours:.1f} |", flush=True)


if __name__ == "__main__":
    main()
