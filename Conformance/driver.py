"""Runs `ringfence policy …` over batches of cases beside the oracle, collects differences, and prints tables.

A case is a line of JSON, its answer another, in the same order. An answer with `error` says that the line could not be
read. With `schema`, entities and contexts are read by it, actions are in the store, and requests must fit; a request
that does not has no decision.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from cases import generator, shrunk
from oracle import Oracle


class Ringfence:
    def __init__(self, binary):
        self.binary = binary
        self.seconds = 0.0
        self.decisions = 0

    def authorize(self, lines):
        return self._answers("authorize", lines)

    def sql(self, lines):
        return self._answers("sql", lines)

    def timed(self, lines):
        """Decisions and the seconds they took inside the engine."""
        with self._written(lines) as file:
            done = self._run("authorize", file, "--timing")
        timing = json.loads(done.stderr.strip().splitlines()[-1])
        return timing["decisions"], timing["seconds"]

    def _answers(self, command, lines):
        with self._written(lines) as file:
            done = self._run(command, file)
        answers = [json.loads(text) for text in done.stdout.splitlines()]
        for line, answer in zip(lines, answers):
            if answer.get("id") != line["id"]:
                raise SystemExit(f"answer {answer.get('id')} where {line['id']} was asked")
        if len(answers) < len(lines):
            # A crash is the fault of the first case without an answer; the rest is asked again.
            why = f"ringfence ended with status {done.returncode}: {done.stderr[-200:]}"
            answers.append({"id": lines[len(answers)]["id"], "crashed": why})
            answers += self._answers(command, lines[len(answers) :]) if len(answers) < len(lines) else []
        return answers

    def _run(self, command, file, *options):
        return subprocess.run(
            [self.binary, "policy", command, "--cases", file.name, *options], capture_output=True, encoding="utf-8"
        )

    def _written(self, lines):
        file = tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".jsonl")
        for line in lines:
            file.write(json.dumps(line) + "\n")
        file.flush()
        return file


@dataclasses.dataclass
class Difference:
    case: object
    what: str
    ours: object
    theirs: object


class Report:
    """What was compared, and the first of what differed, as Markdown."""

    def __init__(self, title):
        self.title = title
        self.compared = collections.Counter()
        self.differed = collections.Counter()
        self.noted = collections.Counter()
        self.examples = []
        self.appendix = ""
        self.started = time.monotonic()

    def compare(self, what, ours, theirs, case, detail=None):
        """`detail`: what the official engine says about it, to be shown with a difference."""
        self.compared[what] += 1
        if ours != theirs:
            self.differ(what, ours, theirs if detail is None else f"{theirs}: {detail}", case)

    def differ(self, what, ours, theirs, case, examples_max=5):
        self.differed[what] += 1
        shown = [example for example in self.examples if example.what == what]
        if len(shown) < examples_max and all(example.case is not case for example in shown):
            self.examples.append(Difference(case, what, ours, theirs))

    def note(self, what, count=1):
        self.noted[what] += count

    def finish(self, arguments):
        """Prints, and ends the program: with status 1 if anything differed."""
        if arguments.summary:
            with open(arguments.summary, "a", encoding="utf-8") as file:
                for what in self.compared | self.differed:
                    file.write(f"| {self.title} | {what} | {self.compared[what]:,} | {self.differed[what]:,} |\n")
        sys.exit(1 if self.print() else 0)

    def print(self):
        print(f"\n### {self.title}\n")
        print("| compared | number | differences |\n| --- | ---: | ---: |")
        for what in self.compared | self.differed:
            print(f"| {what} | {self.compared[what]:,} | {self.differed[what]:,} |")
        notes = [f"{count:,} {what}" for what, count in self.noted.items()]
        print("\n" + "; ".join(notes + [f"{time.monotonic() - self.started:.0f} s"]) + ".")
        if self.appendix:
            print(self.appendix)
        sys.stdout.flush()
        for difference in self.examples:
            show(difference)
        return sum(self.differed.values())


def show(difference):
    """On standard error, to leave the tables alone."""
    print(f"\n--- {difference.what}\nringfence: {difference.ours}\nofficial:  {difference.theirs}", file=sys.stderr)
    case = difference.case
    if hasattr(case, "line"):
        line = case.line("minimal")
        print(line.pop("policy"), file=sys.stderr)
        if "schema" in line:
            print(line.pop("schema"), file=sys.stderr)
        print(json.dumps(line, ensure_ascii=False), file=sys.stderr)
    else:
        print(str(case)[:2000], file=sys.stderr)
    sys.stderr.flush()


def differential(title, arguments, make_case, ask_oracle, compare):
    """Draws cases until there are enough; the two engines run side by side while the next batch is drawn.

    `make_case(seed)` gives a case, `ask_oracle(oracle, line)` its answer, `compare(report, case, ours, theirs)` notes
    the differences and returns how many comparisons it made.
    """
    report = Report(title)
    ringfence = Ringfence(arguments.binary)
    made = numbered = 0
    with Oracle() as oracle, concurrent.futures.ThreadPoolExecutor(2) as pool:

        def asked(batch):
            lines = [case.line(str(index)) for index, case in enumerate(batch)]
            theirs = pool.submit(lambda: [ask_oracle(oracle, line) for line in lines])
            return batch, pool.submit(ringfence.authorize, lines), theirs

        def judged(batch, ours, theirs):
            return sum(compare(report, *both) for both in zip(batch, ours.result(), theirs.result()))

        pending = None
        while made < arguments.count:
            numbers = range(numbered, numbered + arguments.batch)
            numbered += arguments.batch
            batch = [make_case(generator(arguments.seed, number)) for number in numbers]
            if pending is not None:
                made += judged(*pending)
            pending = asked(batch)
        judged(*pending)

        def differs(what):
            def still(case):
                scratch = Report("")
                line = case.line("smaller")
                compare(scratch, case, ringfence.authorize([line])[0], ask_oracle(oracle, line))
                return bool(scratch.differed[what])

            return still

        for difference in report.examples:
            small = shrunk(difference.case, differs(difference.what))
            scratch = Report("")
            line = small.line("minimal")
            compare(scratch, small, ringfence.authorize([line])[0], ask_oracle(oracle, line))
            found = [example for example in scratch.examples if example.what == difference.what]
            if found:  # otherwise it does not happen again, and stays as it was
                difference.case, difference.ours, difference.theirs = small, found[0].ours, found[0].theirs
    return report


def options(description, count, batch=200):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    binary = os.environ.get("RINGFENCE_BINARY", "ringfence")
    parser.add_argument("--binary", default=binary, help="the program ringfence")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=count, help="comparisons to make, at least")
    parser.add_argument("--summary", help="a file to append the rows of the table to")
    parser.add_argument("--batch", type=int, default=batch, help="cases for one run of the program")
    return parser


ROOT = pathlib.Path(__file__).resolve().parent.parent
