"""Another project's log and client (aics-tlog, aics-witness) submit to the witness at argv[1] with the key argv[2].

The log's secret seed is 01 × 32 and its name argv[3]. Prints what was cosigned, and what was refused."""

import sys

from aics_tlog import Checkpoint, MerkleTree, format_vkey, sign_checkpoint, verify_checkpoint, vkey_from_ed25519
from aics_tlog.note import parse_vkey
from aics_witness.feeder import WitnessClient, WitnessRejected, merge_cosignatures
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

key = Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
if sys.argv[1] == "vkey":
    print(format_vkey(vkey_from_ed25519(sys.argv[2], key.public_key())))
    sys.exit()

url, witness, origin = sys.argv[1:4]


def tree(size, other=False):
    result = MerkleTree()
    for number in range(size):
        result.append(b"%s %d" % (b"other" if other and number >= 5 else b"entry", number))
    return result


def signed(log):
    return sign_checkpoint(Checkpoint(origin, len(log), log.root()), key, origin).serialise()


client = WitnessClient(url, witness)
for size in (1, 5, 5, 300):
    log = tree(size)
    note = signed(log)
    lines = client.submit(note, lambda old, new: log.consistency_proof(old, new))
    merged = merge_cosignatures(note, lines)
    assert merged.count("—".encode()) == 2, merged
    print("cosigned", size)

fork = tree(400, other=True)
try:
    client.submit(signed(fork), lambda old, new: fork.consistency_proof(old, new))
except WitnessRejected as error:
    print("refused", error.status)
