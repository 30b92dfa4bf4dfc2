# SPDX-License-Identifier: MIT
"""Counts in one session: counter_worker.py DIRECTORY ID KEY COUNT increment|save

"increment" adds in the store; "save" loads, adds and saves with the policy "fail", and tries again
after a conflict.
"""

from __future__ import annotations

import sys
from typing import Any

from session3.errors import ConflictError
from session3.store.DirectorySessionStore import DirectorySessionStore


def add_by_saving(store: Any, id: str, key: str) -> None:
    while True:
        session = store.load_session(id, strict=True)
        setattr(session, key, getattr(session, key, 0) + 1)
        try:
            store.save_session(session, "fail")
        except ConflictError:
            continue
        return


def main() -> None:
    directory, id, key, count, way = sys.argv[1:]
    with DirectorySessionStore(directory, lock_timeout=60) as store:
        for _ in range(int(count)):
            if way == "increment":
                store.increment(id, key)
            else:
                add_by_saving(store, id, key)


if __name__ == "__main__":
    main()
