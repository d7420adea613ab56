"""Measures the ledger beside what disk and processor do by themselves, and prints a table of ratios.

    ledger.py LEDGER-BENCH FOLDER [--pgbench PROGRAM] [--entries N] [--large] [--postgres CONNECTION]

Each measurement is a process of its own. The limits are measured right before what is compared with them, on the same
disk; where that takes seconds, in rounds, and the round with the median ratio counts. Machines are noisy: only the ratios
mean anything. With --pgbench, and PGHOST and so on in the environment, a table of accesses is measured as well.
"""

import argparse
import os
import pathlib
import signal
import statistics
import subprocess
import sys

LARGE = 10_000_000
ROUNDS = 5


class Bench:
    def __init__(self, program, folder):
        self.program = program
        self.folder = pathlib.Path(folder)

    def run(self, work, directory, *arguments):
        path = self.folder / directory
        path.mkdir(exist_ok=True)
        command = [self.program, work, str(path), *map(str, arguments)]
        result = subprocess.run(command, capture_output=True, text=True)
        crashes = work == "append" and result.returncode == -signal.SIGKILL
        if result.returncode != 0 and not crashes:
            sys.exit(f"{' '.join(command)}: {result.returncode}\n{result.stderr}")
        return {name: float(value) for name, value in (line.split() for line in result.stdout.splitlines())}

    def limits(self):
        os.sync()  # what was written before is not this measurement's to pay for
        return self.run("limits", "limits")

    def rounds(self, work, directory, *arguments, figure, limit):
        """The limits and the figures of the round whose ratio is the median."""
        rounds = []
        for _ in range(ROUNDS):
            limits = self.limits()
            rounds.append((limits, self.run(work, directory, *arguments)))
        return sorted(rounds, key=lambda both: both[1][figure] / both[0][limit])[ROUNDS // 2]


class Table:
    """A row and a commit for each access, by pgbench."""

    def __init__(self, pgbench, folder):
        self.pgbench = pgbench
        self.folder = pathlib.Path(folder)
        self.script = pathlib.Path(__file__).with_name("audit-insert.sql")

    def run(self, clients, seconds):
        prefix = self.folder / f"pgbench-{clients}"
        subprocess.run(
            [self.pgbench, "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, 2)), "-T", str(seconds),
             "-f", str(self.script), "-l", f"--log-prefix={prefix}"], check=True, capture_output=True)
        took = []
        for log in self.folder.glob(f"pgbench-{clients}.*"):
            took += [int(line.split()[2]) / 1e6 for line in log.read_text().splitlines()]
            log.unlink()
        took.sort()
        return {"entriesPerSecond": len(took) / seconds, "p50": took[len(took) // 2], "p99": took[len(took) * 99 // 100]}


def number(value):
    return f"{value:,.0f}"


def time(seconds):
    return f"{seconds * 1e6:,.0f} µs" if seconds < 1e-3 else f"{seconds * 1e3:,.1f} ms" if seconds < 1 else f"{seconds:,.2f} s"


def memory(value):
    return f"{value / (1 << 20):,.0f} MiB"


def table_round(bench, runner, clients):
    """Disk, table and ledger in turns; the round whose ratio of table to ledger is the median."""
    rounds = []
    for number_of_round in range(3):
        limits = bench.limits()
        result = runner.run(clients, 5)
        ledger = bench.run("producers", f"beside-{clients}-{number_of_round}", clients, 5)
        rounds.append((limits, result, ledger))
    return sorted(rounds, key=lambda turn: turn[1]["entriesPerSecond"] / turn[2]["entriesPerSecond"])[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--pgbench")
    parser.add_argument("--postgres")
    arguments = parser.parse_args()
    bench = Bench(arguments.program, arguments.folder)
    cores = len(os.sched_getaffinity(0))
    entries = arguments.entries

    def progress(text):
        print(f"bench-ledger: {text}", file=sys.stderr, flush=True)

    progress(f"appending {entries:,} entries, twice")
    limits = bench.limits()
    plain = bench.run("append", "plain", entries, "plain")
    os.sync()
    sealed = bench.run("append", "sealed", entries, "sealed")
    progress("opening after the crash, verifying")
    opened = bench.run("open", "sealed")
    verified = {
        (what, threads): bench.run("verify", "sealed", threads, what)
        for what, threads in [("hashes", 1), ("hashes", cores), ("parsed", 1), ("parsed", cores), ("chain", cores)]
    }
    progress("one producer, and 64")
    lone_limits, lone = bench.rounds("producers", "lone", 1, 2, figure="p50", limit="sync")
    many_limits, many = bench.rounds("producers", "many", 64, 3, figure="p50", limit="sync")
    table = None
    if arguments.pgbench:
        progress("a table in PostgreSQL, one client, and 64")
        runner = Table(arguments.pgbench, arguments.folder)
        table = [(clients, *table_round(bench, runner, clients)) for clients in (1, 64)]
    shared = {}
    if arguments.postgres:
        progress("the same in PostgreSQL")
        for count, seconds in [(1, 2), (64, 3)]:
            shared[count] = bench.run("shared", "shared", count, seconds, arguments.postgres)
    large = None
    if arguments.large:
        progress(f"appending {LARGE:,} entries")
        large = {
            "append": bench.run("append", "large", LARGE, "sealed"),
            "open": bench.run("open", "large"),
            "hashes": bench.run("verify", "large", cores, "hashes"),
            "chain": bench.run("verify", "large", cores, "chain"),
        }

    hashing = limits["leafHash"] + limits["nodeHash"]
    # Half of the entries, the statements, have a detail.
    sealing = hashing + limits["seal"] / 2
    rows = [
        ("append in batches, details not kept", number(plain["entriesPerSecond"]) + "/s",
         "one core's hashes", number(1 / hashing) + "/s", plain["entriesPerSecond"] * hashing),
        ("append in batches, details encrypted", number(sealed["entriesPerSecond"]) + "/s",
         "one core's hashes and AES-GCM", number(1 / sealing) + "/s", sealed["entriesPerSecond"] * sealing),
        ("one producer alone, median", time(lone["p50"]), "one fdatasync", time(lone_limits["sync"]),
         lone["p50"] / lone_limits["sync"]),
        ("64 producers, each durable before its next", number(many["entriesPerSecond"]) + "/s",
         "one fdatasync after the other", number(1 / many_limits["sync"]) + "/s",
         many["entriesPerSecond"] * many_limits["sync"]),
        ("64 producers, p50", time(many["p50"]), "one fdatasync", time(many_limits["sync"]),
         many["p50"] / many_limits["sync"]),
        ("64 producers, p99", time(many["p99"]), "one fdatasync, p99", time(many_limits["syncP99"]),
         many["p99"] / many_limits["syncP99"]),
    ]
    for clients, limits_then, result, ledger in table or []:
        who = "one client alone" if clients == 1 else f"{clients} clients"
        rows += [
            (f"table in PostgreSQL, {who}", number(result["entriesPerSecond"]) + "/s", "the ledger, as many producers",
             number(ledger["entriesPerSecond"]) + "/s", result["entriesPerSecond"] / ledger["entriesPerSecond"]),
            (f"table in PostgreSQL, {who}, p50", time(result["p50"]), "one fdatasync", time(limits_then["sync"]),
             result["p50"] / limits_then["sync"]),
            (f"table in PostgreSQL, {who}, p99", time(result["p99"]), "one fdatasync, p99",
             time(limits_then["syncP99"]), result["p99"] / limits_then["syncP99"]),
        ]
    for count, result in shared.items():
        own = lone if count == 1 else many
        who = "one producer" if count == 1 else "64 producers"
        rows += [
            (f"{who}, shared ledger in PostgreSQL", number(result["entriesPerSecond"]) + "/s", "the same in a directory",
             number(own["entriesPerSecond"]) + "/s", result["entriesPerSecond"] / own["entriesPerSecond"]),
            (f"{who}, shared ledger in PostgreSQL, p99", time(result["p99"]), "the same in a directory",
             time(own["p99"]), result["p99"] / own["p99"]),
        ]
    names = {"hashes": "verify hashes", "parsed": "verify hashes, parse entries", "chain": "ledger verify: follow the chain, too"}
    for (what, threads), result in verified.items():
        rows.append(
            (f"{names[what]}, {threads} thread{'s' * (threads > 1)}", number(result["entriesPerSecond"]) + "/s",
             "one core's hashes" if threads == 1 else f"{threads} cores' hashes", number(threads / hashing) + "/s", result["entriesPerSecond"] * hashing / threads))
    print(f"{cores} cores; entries of {sealed['entryBytes']:.0f} bytes, details of {sealed['detailBytes']:.0f}.\n")
    print("| | measured | limit | | ratio |\n| --- | ---: | --- | ---: | ---: |")
    for name, measured, limit, value, ratio in rows:
        print(f"| {name} | {measured} | {limit} | {value} | {ratio:.2f} |")

    columns = [(entries, sealed, opened, verified["hashes", cores], verified["chain", cores])]
    if large:
        columns.append((LARGE, large["append"], large["open"], large["hashes"], large["chain"]))
    print("\n| | " + " | ".join(f"{count:,} entries" for count, *_ in columns) + " |")
    print("| --- |" + " ---: |" * len(columns))
    for name, cell in [
        ("append, details encrypted", lambda c: number(c[1]["entriesPerSecond"]) + "/s"),
        ("start after a crash", lambda c: time(c[2]["seconds"])),
        ("verify hashes", lambda c: number(c[3]["entriesPerSecond"]) + "/s"),
        ("ledger verify", lambda c: number(c[4]["entriesPerSecond"]) + "/s"),
        ("memory while appending", lambda c: memory(c[1]["peakMemory"])),
        ("memory of a start after a crash", lambda c: memory(c[2]["peakMemory"])),
        ("memory of verifying hashes", lambda c: memory(c[3]["peakMemory"])),
        ("memory of ledger verify", lambda c: memory(c[4]["peakMemory"])),
    ]:
        print(f"| {name} | " + " | ".join(cell(column) for column in columns) + " |")


main()
