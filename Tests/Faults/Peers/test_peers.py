# SPDX-License-Identifier: MIT
"""The faults of Peers find nothing wrong here, and find what is wrong with other stores."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from Peers.bench import Bench, Row
from Peers.faults import FAULTS
from Peers.peers import PEERS, Missing, make_virtual_environment

pytestmark = pytest.mark.method("peers")

# How often a fault did harm. Two requests that load, add and save the same counter overwrite each
# other in a store that neither locks for the whole request nor is asked to refuse conflicts.
HARM: dict[str, Callable[[Row], int]] = {
    "updates": lambda row: (
        row["increment"]["lost"] + row["retry"]["lost"]
        if "increment" in row
        else row["save"]["lost"]
    ),
    "attributes": lambda row: row["lost"],
    "deletion": lambda row: row["back"],
    "disk": lambda row: row["damaged"] + row["said ok unsaved"] + row["unusable with room again"],
    "kills": lambda row: row["damaged"] + row["leftovers after a sweep"],
    "zero": lambda row: row["load"] != "none",
    "foreign": lambda row: (
        (row["never issued"] == "adopted")
        + row["read outside"]
        + row["changed outside"]
        + row["failed cookies"]
        + row["failed loads"]
    ),
    "sweeps": lambda row: row["gone"],
    "code": lambda row: row["ran"],
}
# What a checker must find, each in a few seconds.
KNOWN = (
    ("cachelib", "updates"),
    ("cachelib", "attributes"),
    ("session3", "deletion"),
    ("cachelib", "code"),
    ("php", "foreign"),
)


@pytest.fixture
def measured(tmp_path: Path, is_long: bool) -> Callable[[str, str], Row]:
    """Measures a fault on a peer, or skips."""

    def measure(key: str, name: str) -> Row:
        peer = PEERS[key]
        fault = next(fault for fault in FAULTS if fault.key == name)
        if not peer.is_ours and peer.adapter != "php":
            try:
                make_virtual_environment()
            except Missing as missing:
                pytest.skip(str(missing))
        if reason := peer.why_not():
            pytest.skip(reason)
        seed = random.SystemRandom().randrange(2**31)
        print(f"scripts/peers --only {key} --faults {name} --seed {seed}")
        try:
            return fault.measure(Bench(peer, tmp_path, seed, is_long))
        except Missing as missing:
            pytest.skip(str(missing))

    return measure


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All faults on this library from C; from Python all of them in the long form."""
    if "ours" in metafunc.fixturenames:
        is_long = metafunc.config.getoption("--scale") == "long"
        cells = [("libsession3-c", fault.key) for fault in FAULTS]
        cells += [("libsession3", name) for name in HARM if is_long or name in ("deletion", "code")]
        metafunc.parametrize("ours", cells, ids="-".join)


def test_no_fault_of_the_peers_does_harm(
    measured: Callable[[str, str], Row],
    ours: tuple[str, str],
    record_property: Callable[[str, object], None],
) -> None:
    harm = int(HARM[ours[1]](row := measured(*ours)))
    record_property("harm of libsession3", harm)
    assert harm == 0, row


@pytest.mark.parametrize(("key", "name"), KNOWN)
def test_a_fault_that_does_harm_is_seen(
    measured: Callable[[str, str], Row],
    key: str,
    name: str,
    record_property: Callable[[str, object], None],
) -> None:
    harm = int(HARM[name](row := measured(key, name)))
    record_property("harm of others", harm)
    assert harm > 0, row
