"""The official engine, through cedarpy, in a child process: it dies of deep nesting, and is started again then.

Run as a program, this file is the child: a question per line on standard input, an answer per line on standard output.
"""

import json
import re
import subprocess
import sys

FAILED = re.compile(r"^error while evaluating policy `(.*?)`: ", re.S)


class Oracle:
    """`with Oracle() as oracle:`; an answer is a dictionary like those of `ringfence policy authorize`.

    If the engine panics or dies of a question, the answer is `{"crashed": why}`.
    """

    def __init__(self):
        self.child = None
        self.kept = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop()

    def authorize(self, line):
        return self._ask({"op": "authorize", **line})

    def validate(self, line):
        return self._ask({"op": "validate", "policy": line["policy"], "schema": line["schema"]})

    def keep_entities(self, name, entities):
        """Has `entities` parsed once; a line may then say `"kept": name` in their place."""
        self.kept = {name: entities}
        return self._ask({"op": "keep", "name": name, "entities": entities})

    def _ask(self, question):
        if self.child is None:
            self._start()
        answer = self._exchange(question)
        if answer is None:
            self._stop()
            return {"crashed": "the process died"}
        return answer

    def _exchange(self, question):
        try:
            self.child.stdin.write(json.dumps(question) + "\n")
            self.child.stdin.flush()
            answer = self.child.stdout.readline()
        except BrokenPipeError:
            return None
        return json.loads(answer) if answer.endswith("\n") else None

    def _start(self):
        self.child = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, encoding="utf-8",
        )
        for name, entities in self.kept.items():
            self._exchange({"op": "keep", "name": name, "entities": entities})

    def _stop(self):
        if self.child is not None:
            self.child.stdin.close()
            self.child.stdout.close()
            self.child.kill()
            self.child.wait()
            self.child = None


def policy_set(line):
    """Parsed and linked; ValueError if the text is none, or a link does not fit its template."""
    import cedarpy

    policies = cedarpy.PolicySet.from_str(line["policy"])
    links = [
        {"template_id": link["template"], "new_id": link["id"], "values": link["values"]}
        for link in line.get("links", [])
    ]
    return policies.with_linked_batch(links) if links else policies


def authorize(line, kept):
    import cedarpy

    try:
        policies = policy_set(line)
    except ValueError as error:
        return {"parsed": False, "why": str(error)[:200]}
    answer = {"parsed": True, "valid": None}
    if not line.get("bare"):
        answer["est"] = json.loads(cedarpy.policies_to_json_str(line["policy"]))
        if line.get("schema") is not None:
            answer |= validate(line)
    entities = kept[line["kept"]] if "kept" in line else json.dumps(line["entities"])
    requests = [
        {name: request[name] for name in ("principal", "action", "resource", "context")} for request in line["requests"]
    ]
    responses = cedarpy.is_authorized_batch(requests, policies, entities, line.get("schema"))
    answer["seconds"] = sum(response.metrics.get("authz_duration_micros", 0) for response in responses) / 1e6
    answer["results"] = list(map(result, responses))
    return answer


def result(response):
    if response.decision.value == "NoDecision":  # the request, or the entities, could not be read
        return {"decision": None, "why": response.diagnostics.errors[0][-200:]}
    errors = [FAILED.match(error) for error in response.diagnostics.errors]
    return {
        "decision": "allow" if response.allowed else "deny",
        "reason": sorted(response.diagnostics.reasons),
        "errors": sorted(error.group(1) for error in errors),
    }


def validate(line):
    import cedarpy

    outcome = cedarpy.validate_policies(line["policy"], line["schema"])
    return {"valid": outcome.validation_passed, "problems": [str(error)[:300] for error in outcome.errors[:3]]}


def serve():
    import cedarpy

    kept = {}
    for text in sys.stdin:
        question = json.loads(text)
        try:
            if question["op"] == "authorize":
                answer = authorize(question, kept)
            elif question["op"] == "validate":
                answer = validate(question)
            else:
                kept = {question["name"]: cedarpy.Entities.from_json_str(json.dumps(question["entities"]))}
                answer = {}
        except BaseException as error:  # a panic of the engine is a BaseException
            answer = {"crashed": f"{type(error).__name__}: {error}"[:200]}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
