"""Policy sets as trees, and their text: what the generators make, and what a difference is shrunk through.

An expression knows its parts, so a smaller one of the same kind can be cut out of it; a policy knows its scope and its
conditions; a case is a line of what `ringfence policy authorize` reads.
"""

import dataclasses
import random

RESERVED = ("true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar")
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}


def is_identifier(name):
    return name.isascii() and name.isidentifier() and name not in RESERVED


def escaped(text, rng, pattern=False):
    """The inside of a string literal. Which of several spellings a character gets is drawn."""
    written = []
    for character in text:
        if pattern and character == "*":
            written.append("\\*")
        elif character in '"\\' or ord(character) < 0x20:
            # A raw newline inside a literal is legal, so is the code point in braces.
            spellings = [ESCAPES.get(character), f"\\u{{{ord(character):x}}}", f"\\x{ord(character):02x}"]
            written.append(rng.choice([s for s in spellings if s] + ["\n"] * (character == "\n")))
        elif rng.random() < 0.03:
            written.append(f"\\u{{{ord(character):04X}}}")
        else:
            written.append(character)
    return "".join(written)


def quoted(text, rng):
    return f'"{escaped(text, rng)}"'


def uid_text(uid, rng):
    return f"{uid['type']}::{quoted(uid['id'], rng)}"


class Expression:
    """Parts are text and expressions; `type` is the Cedar type that it was made to have."""

    __slots__ = ("parts", "type")

    def __init__(self, type_, *parts):
        self.type = type_
        self.parts = parts

    def __str__(self):
        return "".join(map(str, self.parts))

    def children(self):
        return [part for part in self.parts if isinstance(part, Expression)]

    def smaller(self):
        """Expressions with one node replaced by one of its descendants of the same type, or by `true`."""
        for descendant in self._descendants():
            if descendant.type == self.type:
                yield descendant
        if self.type == "Bool" and str(self) != "true":
            yield Expression("Bool", "true")
        for index, part in enumerate(self.parts):
            if isinstance(part, Expression):
                for replacement in part.smaller():
                    yield Expression(self.type, *self.parts[:index], replacement, *self.parts[index + 1 :])

    def _descendants(self):
        for child in self.children():
            yield child
            yield from child._descendants()


@dataclasses.dataclass(frozen=True)
class Policy:
    effect: str
    principal: str = "principal"
    action: str = "action"
    resource: str = "resource"
    conditions: tuple = ()
    annotations: str = ""
    # Text that is no policy, or may be none: what the parsers are compared on.
    raw: str | None = None

    def __str__(self):
        if self.raw is not None:
            return self.raw
        conditions = "".join(f"\n{kind} {{ {body} }}" for kind, body in self.conditions)
        return f"{self.annotations}{self.effect} ({self.principal}, {self.action}, {self.resource}){conditions};"

    @property
    def slots(self):
        return [slot for slot in ("?principal", "?resource") if slot in self.principal + self.resource]

    def smaller(self):
        if self.raw is not None:
            return
        for index in range(len(self.conditions)):
            yield dataclasses.replace(self, conditions=self.conditions[:index] + self.conditions[index + 1 :])
        for variable in ("principal", "action", "resource"):
            scope = getattr(self, variable)
            if scope != variable and "?" not in scope:
                yield dataclasses.replace(self, **{variable: variable})
        if self.annotations:
            yield dataclasses.replace(self, annotations="")
        for index, (kind, body) in enumerate(self.conditions):
            for replacement in body.smaller():
                conditions = self.conditions[:index] + ((kind, replacement),) + self.conditions[index + 1 :]
                yield dataclasses.replace(self, conditions=conditions)


@dataclasses.dataclass(frozen=True)
class Case:
    policies: tuple
    schema: str | None = None
    entities: tuple = ()
    requests: tuple = ()
    links: tuple = ()
    # What else the command reads: a mapping, say.
    more: tuple = ()

    def line(self, name):
        """What the command reads; policy identifiers follow the order of the text."""
        line = {"id": name, "policy": "\n".join(map(str, self.policies)), "entities": list(self.entities)}
        if not self.more:
            line["requests"] = list(self.requests)
        if self.schema is not None:
            line["schema"] = self.schema
        if self.links:
            line["links"] = list(self.links)
        return line | dict(self.more)

    def forbids(self):
        """The identifiers of the forbids, links among them."""
        effects = {f"policy{index}": policy.effect for index, policy in enumerate(self.policies)}
        effects |= {link["id"]: effects[link["template"]] for link in self.links}
        return {name for name, effect in effects.items() if effect == "forbid"}

    def smaller(self):
        """Cases with something left out, the largest omissions first."""
        for index in range(len(self.requests)):
            if len(self.requests) > 1:
                yield dataclasses.replace(self, requests=(self.requests[index],))
        for index in range(len(self.links)):
            yield dataclasses.replace(self, links=self.links[:index] + self.links[index + 1 :])
        if len(self.policies) > 1:
            for index in range(len(self.policies)):
                yield self._without_policy(index)
        for index in range(len(self.entities)):
            yield dataclasses.replace(self, entities=self.entities[:index] + self.entities[index + 1 :])
        if self.schema is not None and self.requests:
            yield dataclasses.replace(self, schema=None)
        declarations = (self.schema or "").splitlines()
        for index in range(len(declarations)):
            yield dataclasses.replace(self, schema="\n".join(declarations[:index] + declarations[index + 1 :]))
        for index, policy in enumerate(self.policies):
            for replacement in policy.smaller():
                policies = self.policies[:index] + (replacement,) + self.policies[index + 1 :]
                yield dataclasses.replace(self, policies=policies)
        if len(self.requests) == 1:
            for name in self.requests[0]["context"]:
                context = {key: value for key, value in self.requests[0]["context"].items() if key != name}
                yield dataclasses.replace(self, requests=(self.requests[0] | {"context": context},))

    def _without_policy(self, index):
        def renumbered(link):
            number = int(link["template"].removeprefix("policy"))
            return link if number < index else link | {"template": f"policy{number - 1}"}

        links = tuple(renumbered(link) for link in self.links if link["template"] != f"policy{index}")
        return dataclasses.replace(self, policies=self.policies[:index] + self.policies[index + 1 :], links=links)


def shrunk(case, still_differs, tries=400):
    """The smallest case found for which `still_differs`: each step takes the first omission that keeps it so."""
    found = True
    while found and tries > 0:
        found = False
        for candidate in case.smaller():
            tries -= 1
            if still_differs(candidate):
                case, found = candidate, True
                break
            if tries <= 0:
                break
    return case


def generator(*seed):
    """The same draws for the same seed, on every machine."""
    return random.Random("/".join(map(str, seed)))
