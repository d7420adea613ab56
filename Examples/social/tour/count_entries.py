"""Counts the entries of one kind in a published ledger, reading its bundles (C2SP tlog-tiles) without Ringfence.

    count_entries.py FOLDER KIND
"""

import json
import pathlib
import sys

root = pathlib.Path(sys.argv[1])
size = int((root / "checkpoint").read_text().splitlines()[1])


def bundle(number, width):
    parts = []
    rest = number
    while True:
        parts.append(f"{rest % 1000:03}")
        rest //= 1000
        if rest == 0:
            break
    path = "/".join(["x" + part for part in parts[:0:-1]] + [parts[0]])
    return root / "tile" / "entries" / (path if width == 256 else f"{path}.p/{width}")


count = 0
for number in range((size + 255) // 256):
    width = min(256, size - number * 256)
    data = bundle(number, width).read_bytes()
    for _ in range(width):
        length = int.from_bytes(data[:2], "big")
        count += json.loads(data[2 : 2 + length])["kind"] == sys.argv[2]
        data = data[2 + length :]
print(count)
