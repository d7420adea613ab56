"""Verifies a published ledger with tlog-scales (PyPI); nothing here is Ringfence's.

    verify_log.py log DIRECTORY KEY              every tile and every entry leads to the signed checkpoint
    verify_log.py extends OLD DIRECTORY KEY      the log continues OLD, a checkpoint kept from before
"""

import pathlib
import sys

from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import Checkpoint


def open_log(directory, key):
    reader = TilesReader(LocalBackend(pathlib.Path(directory)))
    checkpoint = reader.get_checkpoint()
    checkpoint.verify(key)
    if reader.calculate_root_hash() != checkpoint.root_hash:
        raise ValueError("the tiles do not lead to the checkpoint's root")
    return reader, checkpoint


def verify(directory, key):
    reader, checkpoint = open_log(directory, key)
    for index in range(checkpoint.size):
        proof = reader.get_inclusion_proof(index, checkpoint.size)
        proof.check(leaf_hash(reader.get_entry(index)), checkpoint.root_hash)
    print(f"{checkpoint.size} entries of {checkpoint.origin}: every one is under the root")


def extends(old_file, directory, key):
    old = Checkpoint.from_text(pathlib.Path(old_file).read_text())
    old.verify(key)
    reader, checkpoint = open_log(directory, key)
    proof = reader.get_consistency_proof(old.size, checkpoint.size)
    proof.check(old.root_hash, checkpoint.root_hash)
    print(f"{checkpoint.size} entries continue the {old.size} of before")


def main():
    command, *arguments, key_file = sys.argv[1:]
    key = Vkey.from_string(pathlib.Path(key_file).read_text().strip())
    {"log": verify, "extends": extends}[command](*arguments, key)


if __name__ == "__main__":
    main()
