"""Connection strings of the deployment under test, and what every program here checks with."""

import os

SASHA = os.environ.get("DSN_SASHA", "")
ALICE = os.environ.get("DSN_ALICE", "")
CASEY = os.environ.get("DSN_CASEY", "")
SERVICE = os.environ.get("DSN_FEED_API", "")
RAW = os.environ.get("RAW_DSN", "")


def same(found, expected):
    if found != expected:
        raise AssertionError(f"found {found!r}, expected {expected!r}")
