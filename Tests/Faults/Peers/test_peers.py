# SPDX-License-Identifier: MIT
"""The faults of Peers find nothing wrong here, and find what is wrong with other stores."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from build_lock import build_lock
from places import ROOT
from proof import RecordProperty

from Peers import table
from Peers.bench import Bench, NotTried, Row, of
from Peers.faults import FAULTS
from Peers.peers import PEERS, Missing, Peer, make_virtual_environment

pytestmark = pytest.mark.method("peers")

# How often a fault did harm, in units of its own, which have no sum. Two requests that load, add
# and save the same counter overwrite each other in a store that neither locks for the whole request
# nor is asked to refuse conflicts.
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
# Which is said beside what came of it: by load and save alone libsession3 loses as many as others.
COUNTED = "by increment(), or save tried again after a conflict, here; by load and save in others"
BY_KEY = {fault.key: fault for fault in FAULTS}
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
        fault = BY_KEY[name]
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
    record_property: RecordProperty,
) -> None:
    harm = int(HARM[ours[1]](row := measured(*ours)))
    record_property("faults tried on libsession3", 1)
    record_property("of them did harm", int(harm > 0))
    if ours[1] == "updates":
        record_property("one counter went up", COUNTED)
    assert harm == 0, row


@pytest.mark.parametrize(("key", "name"), KNOWN)
def test_a_fault_that_does_harm_is_seen(
    measured: Callable[[str, str], Row],
    key: str,
    name: str,
    record_property: RecordProperty,
) -> None:
    harm = int(HARM[name](row := measured(key, name)))
    record_property("faults seen to harm others", int(harm > 0))
    assert harm > 0, row


class Idle(Peer):
    """A store that does nothing: each request is refused."""

    def command(self, directory: Path) -> list[str]:
        answer = {
            "id": "a",
            "path": str(directory / "a"),
            "values": {"n": 0},
            "raised": {"Full": 3},
            "acknowledged": 0,
            "seconds": 1.0,
            "longest": 1.0,
            "done": 0,
            "found": {"refused": 200},
        }
        return [
            sys.executable,
            "-c",
            f"for _ in open(0): print({json.dumps(answer)!r}, flush=True)",
        ]


@pytest.mark.parametrize("name", ["updates", "attributes", "deletion", "kills", "sweeps"])
def test_a_fault_that_was_never_tried_is_not_measured(name: str, tmp_path: Path) -> None:
    idle = Idle("idle", "Idle", "idle")
    with pytest.raises(NotTried):
        BY_KEY[name].measure(Bench(idle, tmp_path / "measured", 0, False))
    row = table.Run([idle], [BY_KEY[name]], 0, False).cell(idle, BY_KEY[name], tmp_path / "cell")
    assert row["text"] == table.NOT_MEASURED
    assert row["reason"]


def test_a_run_with_a_cell_that_is_not_measured_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(table, "PEERS", {"idle": Idle("idle", "Idle", "php")})
    monkeypatch.setattr(Idle, "why_not", lambda _: None)
    monkeypatch.setattr(table, "make_virtual_environment", lambda: None)
    output = tmp_path / "peers.json"
    words = ["--short", "--only", "idle", "--faults", "deletion", "--output", str(output)]
    monkeypatch.setattr(sys, "argv", ["scripts/peers", *words])
    with pytest.raises(SystemExit, match="1 cells could not be measured"):
        table.main()
    assert "not measured (0 of 0)" in capsys.readouterr().out
    written = json.loads(output.read_text())
    assert written["run"]["scale"] == "short"
    assert written["left out"] == {}
    (fault,) = written["faults"]
    assert fault["rows"]["idle"] == {"text": "not measured", "reason": "0 of 0"}


def test_a_second_run_waits_until_the_first_has_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    order = []

    def build() -> None:
        with build_lock(tmp_path / "venv"):
            order.append("second")

    second = threading.Thread(target=build)
    with build_lock(tmp_path / "venv"):
        second.start()
        end, told = time.monotonic() + 30, ""
        while "waiting for another run" not in told and time.monotonic() < end:
            time.sleep(0.01)
            told += capsys.readouterr().err
        order.append("first")
    second.join(30)
    assert "waiting for another run" in told
    assert order == ["first", "second"]


def test_a_part_of_nothing_is_no_figure() -> None:
    assert of(0, 1_000, "saves") == "0 of 1,000 saves"
    with pytest.raises(NotTried, match="0 of 0 saves"):
        of(0, 0, "saves")


@pytest.mark.parametrize(("option", "known"), [("--only", [*PEERS]), ("--faults", [*BY_KEY])])
@pytest.mark.parametrize("names", ["foo", "", "updates,foo,php"])
def test_a_name_that_is_unknown_is_told_with_those_that_are_known(
    option: str,
    known: list[str],
    names: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["scripts/peers", option, names])
    with pytest.raises(SystemExit) as ended:
        table.main()
    assert ended.value.code == 2
    assert f"there are {', '.join(known)}" in " ".join(capsys.readouterr().err.split())


def test_without_a_build_the_script_says_what_to_run(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    script = shutil.copy(ROOT / "scripts" / "peers", tmp_path / "scripts")
    done = subprocess.run([script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "run scripts/build first" in done.stderr
