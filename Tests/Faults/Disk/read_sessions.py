# SPDX-License-Identifier: MIT
"""The process of session_reader.py: each line of its input is a request, each line of its output
the answer, in JSON; an answer that is a text tells what is wrong."""

from __future__ import annotations

import functools
import json
import os
import sys
from pathlib import Path
from typing import Any

import format1
from format1_checksums import crc32c
from session3.errors import CorruptError, ExistsError
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore
from session_reader import ABSENT, CORRUPT, SESSION

# What a Session has beside the program's attributes.
OWN = set(vars(Session()))
LONG_AGO = 1_000_000_000

# In Python alone, and so the slowest part here; most bytes are met again and again.
format1.__dict__["crc32c"] = functools.lru_cache(crc32c)


class Wrong(Exception):
    """The library does not what its header says, or the two readers differ."""


def by_library(store: DirectorySessionStore, id: str) -> tuple[str, dict[str, Any]]:
    """What the library finds under an id."""
    try:
        session = store.load_session(id, strict=True)
    except CorruptError:
        return CORRUPT, {}
    if session is None:
        return ABSENT, {}
    return SESSION, {name: value for name, value in vars(session).items() if name not in OWN}


def by_format(directory: Path, id: str) -> tuple[str, Any]:
    """What docs/format.md finds under an id."""
    try:
        session = format1.read_file((directory / id).read_bytes(), id)
    except (FileNotFoundError, format1.NotFound):
        return ABSENT, {}
    except format1.Corrupt:
        return CORRUPT, {}
    return SESSION, session.payload.get("attributes", {})


def look(store: DirectorySessionStore, id: str) -> tuple[str, dict[str, Any]]:
    """What is stored under an id."""
    seen = by_library(store, id)
    if seen != by_format(Path(store.directory), id):
        raise Wrong(f"{id}: the library finds {seen}, the format says otherwise")
    return seen


def go_on(store: DirectorySessionStore, id: str, kind: str, attributes: dict[str, Any]) -> str:
    """Saves or creates the session of an id, whatever is there; tells what came of it."""
    if kind == SESSION:
        session = store.load_session(id, strict=True)
        session.next = 1
        store.save_session(session)
        expect(store, id, attributes | {"next": 1})
        return "saved"
    if kind == ABSENT:
        create(store, id)
        return "created"
    path = Path(store.directory, id)
    before = path.read_bytes()
    refused(CorruptError, store.save_session, Session(id))
    refused(ExistsError, store.create_session, Session(id))
    refused(CorruptError, store.increment, id, "hits")
    if path.read_bytes() != before:
        raise Wrong(f"{id}: a file that was refused was changed")
    try:
        store.delete_session(id)
    except CorruptError:
        if path.read_bytes() != before:
            raise Wrong(f"{id}: a file that was refused was changed") from None
        return "refused"
    create(store, id)
    return "created anew"


def create(store: DirectorySessionStore, id: str) -> None:
    session: Any = Session(id)
    session.next = 1
    store.create_session(session)
    expect(store, id, {"next": 1})


def expect(store: DirectorySessionStore, id: str, attributes: dict[str, Any]) -> None:
    found = look(store, id)
    if found != (SESSION, attributes):
        raise Wrong(f"{id}: {attributes} was saved, {found} is there")


def refused(error: type[Exception], call: Any, *arguments: Any) -> None:
    try:
        call(*arguments)
    except error:
        return
    raise Wrong(f"{call.__name__} of a file that can't be read was not refused")


def sweep(store: DirectorySessionStore) -> None:
    """Sweeps what is left of writers, which is old by then; the sessions stay."""
    directory = Path(store.directory)
    before = set(store)
    for path in directory.iterdir():
        if path.name.startswith(".grow-") or path.stat().st_size == 0:
            os.utime(path, (LONG_AGO, LONG_AGO))
    store.delete_old_sessions(1e9)
    if set(store) != before:
        raise Wrong("the sweep took a session")
    left = {path.name for path in directory.iterdir()} - before - {".session3"}
    if left:
        raise Wrong(f"the sweep left {left}")


def answer(store: DirectorySessionStore, ids: list[str], used: list[str]) -> Any:
    """What is found under ids, of which some then are used."""
    found = {id: look(store, id) for id in ids}
    next = {id: go_on(store, id, *found[id]) for id in used}
    sweep(store)
    for id in found.keys() - next.keys():
        if look(store, id) != found[id]:
            raise Wrong(f"{id}: changed, and nobody touched it")
    return {
        id: {"kind": kind, "attributes": attributes, "next": next.get(id, "")}
        for id, (kind, attributes) in found.items()
    }


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        try:
            # An open store would keep its file system mounted.
            with DirectorySessionStore(request["directory"]) as store:
                told = answer(store, request["ids"], request["used"])
        except Exception as failure:
            told = f"{type(failure).__name__}: {failure}"
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
