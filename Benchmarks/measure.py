"""Runs pgbench against several ways to one database, in turns, and prints the ratios.

    measure.py TARGETS.json [--seconds N] [--rounds N] [--only WORD] [--json FILE]

TARGETS.json: {"pgbench": path, "users": N, "targets": [{"name": "direct", "dsn": "…"}, …]}, the first being what the
others are compared with. Machines are noisy: within a round the ways follow each other at once, and the median of the
rounds' ratios counts, not absolute figures.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
CASES = [
    (f"select-only, {mode}, {clients} client{'s' * (clients > 1)}", "lookup.sql", ["-M", mode, "-c", str(clients)])
    for mode in ("simple", "extended", "prepared")
    for clients in (1, 8, 16)
] + [
    ("200,000-row result, 1 client", "large.sql", ["-M", "simple", "-c", "1"]),
    ("200,000-row result, 4 clients", "large.sql", ["-M", "simple", "-c", "4"]),
    ("connection per transaction, 8 clients", "lookup.sql", ["-M", "simple", "-c", "8", "-C"]),
]


def transactions_per_second(setup, target, script, options, seconds):
    # pgbench wants no more threads than clients.
    threads = min(2, int(options[options.index("-c") + 1]))
    command = [
        setup["pgbench"], "-n", "-j", str(threads), "-T", str(seconds), "-D", f"users={setup['users']}",
        "-f", str(HERE / script), *options, target["dsn"],
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    found = re.search(r"^tps = ([0-9.]+)", result.stdout, re.M)
    failed = re.search(r"number of failed transactions: ([0-9]+)", result.stdout)
    if result.returncode != 0 or not found or (failed and int(failed.group(1)) > 0):
        sys.exit(f"{target['name']}: pgbench failed\n{result.stdout}\n{result.stderr}")
    return float(found.group(1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("setup")
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    setup = json.loads(pathlib.Path(arguments.setup).read_text())
    targets = setup["targets"]

    headings = ["case", *[f"{target['name']} (tps)" for target in targets]]
    headings += [f"{target['name']} / {targets[0]['name']}" for target in targets[1:]]
    compared = next((target["name"] for target in targets if target["name"] == "PgBouncer"), None)
    if compared:
        headings += [f"{target['name']} / {compared}" for target in targets[2:]]
    print("| " + " | ".join(headings) + " |")
    print("| --- |" + " ---: |" * (len(headings) - 1), flush=True)

    results = []
    for name, script, options in CASES:
        if arguments.only not in name:
            continue
        rounds = []
        for number in range(arguments.rounds):
            # Another goes first each round, so that none always follows the same neighbour.
            order = targets[number % len(targets) :] + targets[: number % len(targets)]
            measured = {
                target["name"]: transactions_per_second(setup, target, script, options, arguments.seconds)
                for target in order
            }
            rounds.append(measured)

        def ratio(of, to):
            return statistics.median(measured[of] / measured[to] for measured in rounds)

        row = [name]
        for target in targets:
            rate = statistics.median(measured[target["name"]] for measured in rounds)
            row.append(f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}")
        row += [f"{ratio(target['name'], targets[0]['name']):.2f}" for target in targets[1:]]
        if compared:
            row += [f"{ratio(target['name'], compared):.2f}" for target in targets[2:]]
        print("| " + " | ".join(row) + " |", flush=True)
        results.append({"case": name, "rounds": rounds})
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(results, indent=2) + "\n")


main()
