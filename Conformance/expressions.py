"""Random expressions and policies over a schema: strictly valid ones, or with something wrong now and then."""

import dataclasses

from cases import Expression, Policy, escaped, is_identifier, quoted, uid_text
from schemas import ATTRIBUTES, EXTENSIONS, IDS, INVALID, LITERALS, LONGS, SCALARS, STRINGS, TAGS

# What arithmetic is to SQL: kinds of expression that a generator can be told to do without.
ARITHMETIC, COMPUTED, RECORDS, CONDITIONAL = "arithmetic", "computed", "records", "conditional"


@dataclasses.dataclass(frozen=True)
class Environment:
    """The types that a request of one action has."""

    principal: str
    action: str
    resource: str
    context: tuple


@dataclasses.dataclass(frozen=True)
class Path:
    text: str
    type: object
    guards: frozenset  # (expression, attribute) pairs, which must be known to be there


def environments(schema):
    return [
        Environment(principal, action.name, resource, action.context)
        for action in schema.actions.values() for principal in action.principals for resource in action.resources
    ]


class Writer:
    """Writes expressions for one environment.

    `wild` is how often a rule of the validator is ignored, `reach` how many entities a path may go through.
    """

    def __init__(self, schema, environment, rng, wild=0.0, without=frozenset(), strings=STRINGS, reach=3):
        self.schema, self.environment, self.rng, self.wild, self.without = schema, environment, rng, wild, without
        self.strings = strings
        self.paths = []
        for variable, type_ in (
            ("principal", ("Entity", environment.principal)), ("resource", ("Entity", environment.resource)),
            ("context", ("Record", environment.context)),
        ):
            self._collect(Path(variable, type_, frozenset()), reach)

    def _collect(self, path, depth):
        self.paths.append(path)
        if isinstance(path.type, tuple) and path.type[0] == "Entity":
            if depth == 0:
                return
            depth -= 1
        for name, type_, required in self._attributes(path.type):
            guards = path.guards if required else path.guards | {(path.text, name)}
            self._collect(Path(path.text + self._access(name), type_, guards), depth)

    def _attributes(self, type_):
        if isinstance(type_, tuple) and type_[0] == "Entity":
            return self.schema.types[type_[1]].attributes
        return type_[1] if isinstance(type_, tuple) and type_[0] == "Record" else ()

    def _access(self, name):
        return f".{name}" if is_identifier(name) and self.rng.random() < 0.8 else f"[{quoted(name, self.rng)}]"

    def _key(self, name):
        return name if is_identifier(name) and self.rng.random() < 0.8 else quoted(name, self.rng)

    # Conditions

    def condition(self, depth=4):
        return self.expression("Bool", depth, frozenset())

    def expression(self, type_, depth, known):
        rng = self.rng
        if self._strays():
            is_entity = isinstance(type_, tuple) and type_[0] == "Entity"
            type_ = self._any_entity_type() if is_entity and rng.random() < 0.6 else self.any_type()
        forms = self._forms(type_) if depth > 0 and rng.random() < 0.9 else []
        if forms:
            written = rng.choice(forms)(type_, depth - 1, known)
            if written is not None:
                return written
        usable = [path for path in self.paths if path.type == type_ and (path.guards <= known or self._strays())]
        if usable and rng.random() < 0.75:
            return Expression(type_, rng.choice(usable).text)
        return self.literal(type_, max(depth, 0) - 1, known)

    def any_type(self):
        choices = list(SCALARS) + [path.type for path in self.paths[:20]] + [("Set", "Long"), ("Set", "String")]
        return self.rng.choice(choices)

    def _forms(self, type_):
        if type_ == "Bool":
            forms = [
                self._junction, self._junction, self._negation, self._guarded, self._guarded, self._equality,
                self._equality, self._comparison, self._has, self._like, self._membership, self._is, self._set_test,
                self._method, self._tag, self._action_test,
            ]
        else:
            forms = {
                "Long": [self._sum, self._minus, self._part], "datetime": [self._instant], "duration": [self._interval],
            }.get(type_, [])
            if ARITHMETIC in self.without and type_ == "Long" or COMPUTED in self.without:
                forms = []
        if CONDITIONAL not in self.without and self.rng.random() < 0.15:
            forms = [*forms, self._conditional]
        return forms

    # Each form takes the type, the depth left and what is known, and may decline with None.

    def _binary(self, type_, left, operator, right):
        if self.wild > 0 and self.rng.random() < 0.1:
            return Expression(type_, left, f" {operator} ", right)  # whatever precedence makes of it
        return Expression(type_, "(", left, f" {operator} ", right, ")")

    def _junction(self, type_, depth, known):
        operator = self.rng.choice(("&&", "||"))
        operands = self.expression("Bool", depth, known), self.expression("Bool", depth, known)
        return self._binary("Bool", operands[0], operator, operands[1])

    def _negation(self, type_, depth, known):
        return Expression("Bool", "!(", self.expression("Bool", depth, known), ")")

    def _conditional(self, type_, depth, known):
        test = self.expression("Bool", depth, known)
        return self._choice(type_, test, *(self.expression(type_, depth, known) for _ in range(2)))

    def _choice(self, type_, test, then, otherwise):
        return Expression(type_, "(if ", test, " then ", then, " else ", otherwise, ")")

    def _guarded(self, type_, depth, known):
        guarded = [guard for path in self.paths for guard in sorted(path.guards - known)]
        if not guarded:
            return None
        guard = self.rng.choice(guarded)
        # What is reached through an optional attribute is guarded from the outside in.
        reached = next(path for path in self.paths if path.text == guard[0])
        if not reached.guards <= known and not self._strays():
            guard = sorted(reached.guards - known, key=lambda g: len(g[0]))[0]
        test = Expression("Bool", f"{guard[0]} has {self._key(guard[1])}")
        body = self.expression("Bool", depth, known | {guard})
        if self._strays():  # a guard that guards nothing
            useless = ("(", body, " && ", test, ")"), ("(!(", test, ") || ", body, ")")
            return Expression("Bool", *self.rng.choice(useless))
        if self.rng.random() < 0.2 and CONDITIONAL not in self.without:
            return self._choice("Bool", test, body, self.expression("Bool", depth, known))
        return Expression("Bool", "(", test, " && ", body, ")")

    def _equality(self, type_, depth, known):
        types = [path.type for path in self.paths] + list(SCALARS)
        compared = self.rng.choice(types)
        if RECORDS in self.without and isinstance(compared, tuple) and compared[0] == "Record":
            return None
        left, right = self.expression(compared, depth, known), self.expression(compared, min(depth, 1), known)
        return self._binary("Bool", left, self.rng.choice(("==", "!=")), right)

    def _comparison(self, type_, depth, known):
        compared = self.rng.choice(("Long", "Long", "datetime", "duration"))
        left, right = self.expression(compared, depth, known), self.expression(compared, min(depth, 1), known)
        return self._binary("Bool", left, self.rng.choice(("<", "<=", ">", ">=")), right)

    def _has(self, type_, depth, known):
        roots = [path for path in self.paths if self._attributes(path.type) and path.guards <= known]
        if not roots:
            return None
        root = self.rng.choice(roots)
        attribute, inner, _ = self.rng.choice(self._attributes(root.type))
        if self._strays():
            attribute = self.rng.choice(ATTRIBUTES)
        further = [name for name, *_ in self._attributes(inner) if is_identifier(name)]
        if further and is_identifier(attribute) and self.rng.random() < 0.3:
            return Expression("Bool", f"({root.text} has {attribute}.{self.rng.choice(further)})")
        return Expression("Bool", f"({root.text} has {self._key(attribute)})")

    def _like(self, type_, depth, known):
        pieces = ["*" if self.rng.random() < 0.35 else self._pattern_text() for _ in range(self.rng.randint(0, 4))]
        return Expression("Bool", "(", self.expression("String", depth, known), f' like "{"".join(pieces)}")')

    def _pattern_text(self):
        text = self.rng.choice(self.strings)
        start = self.rng.randint(0, len(text))
        return escaped(text[start : start + 2], self.rng, pattern=True)

    def _membership(self, type_, depth, known):
        left = self._entity(depth, known)
        target = self._any_entity_type()
        right = self.rng.random()
        if right < 0.5:
            container = self.expression(target, min(depth, 1), known)
        else:
            container = self.expression(("Set", target), min(depth, 1), known)
        return self._binary("Bool", left, "in", container)

    def _is(self, type_, depth, known):
        tested = self._any_entity_type()[1]
        parts = ["(", self._entity(depth, known), f" is {tested}"]
        if self.rng.random() < 0.3:
            parts += [" in ", self.expression(self._any_entity_type(), 0, known)]
        return Expression("Bool", *parts, ")")

    def _entity(self, depth, known):
        if self.rng.random() < 0.6:
            variable = self.rng.choice(("principal", "resource"))
            return Expression(("Entity", getattr(self.environment, variable)), variable)
        return self.expression(self._any_entity_type(), depth, known)

    def _any_entity_type(self):
        return ("Entity", self.rng.choice(list(self.schema.types)))

    def _set_test(self, type_, depth, known):
        sets = [path.type for path in self.paths if isinstance(path.type, tuple) and path.type[0] == "Set"]
        set_type = self.rng.choice(sets + [("Set", "String"), ("Set", "Long"), ("Set", self._any_entity_type())])
        subject = self.expression(set_type, min(depth, 1), known)
        method = self.rng.choice(("contains", "contains", "containsAll", "containsAny", "isEmpty"))
        argument = {"contains": set_type[1], "isEmpty": None}.get(method, set_type)
        arguments = [] if argument is None else [self.expression(argument, min(depth, 1), known)]
        return Expression("Bool", subject, f".{method}(", *arguments, ")")

    def _method(self, type_, depth, known):
        subject = self.rng.choice(("decimal", "ipaddr"))
        if subject == "decimal":
            method = self.rng.choice(("lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"))
        else:
            method = self.rng.choice(("isIpv4", "isIpv6", "isLoopback", "isMulticast", "isInRange", "isInRange"))
        has_argument = subject == "decimal" or method == "isInRange"
        arguments = [self.expression(subject, min(depth, 1), known)] if has_argument else []
        return Expression("Bool", self.expression(subject, min(depth, 1), known), f".{method}(", *arguments, ")")

    def _tag(self, type_, depth, known):
        tagged = [
            path for path in self.paths
            if isinstance(path.type, tuple) and path.type[0] == "Entity" and path.guards <= known
            and (self.schema.types[path.type[1]].tags is not None or self._strays())
        ]
        if not tagged:
            return None
        entity = self.rng.choice(tagged)
        tag_type = self.schema.types[entity.type[1]].tags or "Long"
        key = quoted(self.rng.choice(TAGS), self.rng)
        test = Expression("Bool", f"{entity.text}.hasTag({key})")
        if self.rng.random() < 0.3 or RECORDS in self.without and isinstance(tag_type, tuple):
            return test
        if self._strays():
            key = quoted(self.rng.choice(TAGS), self.rng)
        value = Expression(tag_type, f"{entity.text}.getTag({key})")
        compared = self.expression(tag_type, min(depth, 1), known)
        return Expression("Bool", "(", test, " && (", value, " == ", compared, "))")

    def _action_test(self, type_, depth, known):
        uids = [uid_text(self.schema.action_uid(name), self.rng) for name in self.schema.actions]
        uid = Expression("Action", self.rng.choice(uids))
        if self.rng.random() < 0.4:
            return Expression("Bool", "(action == ", uid, ")")
        others = Expression("Action", f"[{', '.join(self.rng.sample(uids, self.rng.randint(1, len(uids))))}]")
        return Expression("Bool", "(action in ", self.rng.choice((uid, others)), ")")

    def _sum(self, type_, depth, known):
        left, right = self.expression("Long", depth, known), self.expression("Long", depth, known)
        return self._binary("Long", left, self.rng.choice("+-*"), right)

    def _minus(self, type_, depth, known):
        return Expression("Long", "-" * self.rng.choice((1, 1, 2)) + "(", self.expression("Long", depth, known), ")")

    def _part(self, type_, depth, known):
        unit = self.rng.choice(("Milliseconds", "Seconds", "Minutes", "Hours", "Days"))
        return Expression("Long", self.expression("duration", depth, known), f".to{unit}()")

    def _instant(self, type_, depth, known):
        subject = self.expression("datetime", depth, known)
        if self.rng.random() < 0.4:
            return Expression("datetime", subject, ".toDate()")
        return Expression("datetime", subject, ".offset(", self.expression("duration", depth, known), ")")

    def _interval(self, type_, depth, known):
        subject = self.expression("datetime", depth, known)
        if self.rng.random() < 0.5:
            return Expression("duration", subject, ".toTime()")
        return Expression("duration", subject, ".durationSince(", self.expression("datetime", depth, known), ")")

    # Literals

    def literal(self, type_, depth, known):
        rng = self.rng
        if type_ == "Bool":
            return Expression("Bool", rng.choice(("true", "false")))
        if type_ == "Long":
            number = rng.choice(LONGS)
            return Expression("Long", f"({number})" if number < 0 else str(number))
        if type_ == "String":
            return Expression("String", quoted(rng.choice(self.strings), rng))
        if isinstance(type_, str):
            texts = INVALID[type_] if self._strays() else LITERALS[type_]
            return Expression(type_, f'{EXTENSIONS[type_]}("{rng.choice(texts)}")')
        kind, inner = type_
        if kind == "Entity":
            ids = self.schema.types[inner].enumeration
            ids = IDS if ids is None or self._strays() else ids
            return Expression(type_, uid_text({"type": inner, "id": rng.choice(ids)}, rng))
        if kind == "Set":
            elements = [self.expression(inner, depth, known) for _ in range(rng.randint(0 if self._strays() else 1, 3))]
            return Expression(type_, "[", *_separated(elements), "]")
        members = [
            Expression("Member", f"{self._key(name)}: ", self.expression(member, depth, known))
            for name, member, required in inner if required or self.wild > 0 and rng.random() < 0.5
        ]
        return Expression(type_, "{", *_separated(members), "}")

    def _strays(self):
        return self.wild > 0 and self.rng.random() < self.wild


def _separated(parts):
    separated = []
    for index, part in enumerate(parts):
        separated += [part] if index == 0 else [", ", part]
    return separated


class PolicyWriter:
    """Policies with scopes, annotations and conditions over a schema."""

    def __init__(self, schema, rng, wild=0.0, depth=4, template_share=0.0, **options):
        self.schema, self.rng, self.wild, self.depth, self.options = schema, rng, wild, depth, options
        self.template_share = template_share
        self.environments = environments(schema)

    def policy(self, environment=None, exact=None):
        """`exact`: only requests of the environment fall into the scope, which a strictly valid condition needs."""
        rng = self.rng
        environment = environment or rng.choice(self.environments)
        exact = rng.random() >= self.wild * 4 if exact is None else exact
        is_template = rng.random() < self.template_share
        writer = Writer(self.schema, environment, rng, self.wild, **self.options)
        kinds = rng.choice((("when",), ("when",), ("unless",), ("when", "unless"), ("when", "when"), ()))
        return Policy(
            rng.choice(("permit", "permit", "forbid")),
            self._scope("principal", environment.principal, exact, is_template),
            self._action(environment, exact),
            self._scope("resource", environment.resource, exact, is_template),
            tuple((kind, writer.condition(rng.randint(1, self.depth))) for kind in kinds),
            rng.choice(("", "", "", '@advice("x")\n', "@advice\n", '@if("é") @a("")\n')),
        )

    def _scope(self, variable, type_, exact, is_template):
        rng = self.rng
        types = self._containers(type_) if exact else list(self.schema.types)
        other = type_ if type_ in types and rng.random() < 0.7 else rng.choice(types)
        ids = self.schema.types[other].enumeration or IDS
        entity = uid_text({"type": other, "id": rng.choice(ids)}, rng)
        if is_template and rng.random() < 0.7:
            entity = f"?{variable}"
        form = rng.random()
        if exact or form < 0.3:
            within = f" in {entity}" if rng.random() < 0.25 or "?" in entity else ""
            return f"{variable} is {type_}{within}"
        if form < 0.5:
            return f"{variable} == {entity}"
        if form < 0.75:
            return f"{variable} in {entity}"
        return variable

    def _containers(self, type_):
        """The type, and those whose entities its own can be in."""
        found = [type_]
        for name in found:
            found += [parent for parent in self.schema.types[name].parents if parent not in found]
        return found

    def _action(self, environment, exact):
        rng = self.rng
        uids = [uid_text(self.schema.action_uid(name), rng) for name in self.schema.actions]
        form = rng.random()
        if exact or form < 0.4:
            return f"action == {uid_text(self.schema.action_uid(environment.action), rng)}"
        if form < 0.6:
            return f"action in {rng.choice(uids)}"
        if form < 0.8:
            return f"action in [{', '.join(rng.sample(uids, rng.randint(0, len(uids))))}]"
        return "action"
