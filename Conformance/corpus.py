"""The official corpus, or the sample of it in this repository: are decisions, reasons, errors, validity and JSON form
as recorded there?

A line of the corpus is a case of `ringfence policy authorize`; its requests hold what is expected of them, and the case
may hold `shouldValidate` and `est`.
"""

import gzip
import itertools
import json

from driver import ROOT, Report, Ringfence, options

SAMPLE = ROOT / "Tests" / "CedarTests" / "Fixtures" / "corpus.jsonl"
EXPECTED = ("decision", "reason", "errors")


class RecordedCase:
    """A line with what is expected, as `driver.show` wants it."""

    def __init__(self, recorded):
        self.recorded = recorded

    def line(self, _):
        """What is asked: nothing that is expected."""
        asked = {key: value for key, value in self.recorded.items() if key not in ("est", "shouldValidate", "features")}
        asked["requests"] = [
            {key: value for key, value in request.items() if key not in EXPECTED} for request in asked["requests"]
        ]
        return asked


def compare(report, case, ours):
    recorded = case.recorded
    if "crashed" in ours or "error" in ours:
        report.differ("answered", ours.get("crashed", ours.get("error")), "an answer", case)
        return
    report.compare("parsed", ours.get("parsed"), True, case)
    if not ours.get("parsed"):
        return
    if "est" in recorded:
        report.compare("JSON form", ours.get("est"), recorded["est"], case)
    if "shouldValidate" in recorded:
        report.compare("valid", ours.get("valid"), recorded["shouldValidate"], case)
    for mine, expected in itertools.zip_longest(ours["results"], recorded["requests"], fillvalue={}):
        report.compare("decision", mine.get("decision"), expected.get("decision"), case)
        for key in ("reason", "errors"):
            report.compare(key, sorted(mine.get(key) or []), sorted(expected.get(key) or []), case)


def main():
    parser = options(__doc__, count=0, batch=500)
    parser.add_argument("--corpus", default=str(SAMPLE), help="a file of cases, .jsonl or .jsonl.gz")
    arguments = parser.parse_args()
    ringfence = Ringfence(arguments.binary)
    report = Report("Official corpus" + (", sample" if arguments.corpus == str(SAMPLE) else ""))
    opened = gzip.open if arguments.corpus.endswith(".gz") else open
    with opened(arguments.corpus, "rt", encoding="utf-8") as file:
        cases = (RecordedCase(json.loads(text)) for text in file)
        while batch := list(itertools.islice(cases, arguments.batch)):
            report.note("cases", len(batch))
            for case, ours in zip(batch, ringfence.authorize([case.line("") for case in batch])):
                compare(report, case, ours)
    report.finish(arguments)


if __name__ == "__main__":
    main()
