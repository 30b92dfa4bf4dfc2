# SPDX-License-Identifier: MIT
"""The C harness on the shipped library, under AddressSanitizer, UndefinedBehaviorSanitizer and
valgrind."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from places import program
from proof import RecordProperty
from sanitizing import (
    ABI,
    FLAGS,
    MEMCHECK,
    build_easy,
    build_sanitized,
    executables,
    run,
    run_sanitized,
    valgrind,
)

pytestmark = pytest.mark.method("sanitizers")

# These take seconds to minutes, with many threads or much memory: the long form's.
LENGTHY = {
    *("test_attributes", "test_custom_callbacks", "test_directory_files", "test_host"),
    *("test_request_threads", "test_store", "test_threads"),
    *("race_create", "race_fork", "race_scan"),
}
# One lets malloc fail, by a malloc of its own; one leaves what its cancelled threads had; one
# counts descriptors in a child, where valgrind opens a log of its own.
UNFIT = {"test_memory_exhausted", "test_cancelled_threads", "test_before_the_lock"}
UNDER_MEMCHECK = {"test_frees", "test_request_failures", "test_system_failures"}
# Valgrind runs one thread at a time: here threads wait to meet, or for a lock until their time is
# over, or many processes end with their pipes and stores open.
CROWDS = {"race_create", "race_fork", "race_scan", "test_threads", "test_request_threads"}

# Helgrind and drd are for programs of threads: the harness' others have one, and no races.
OF_THREADS = ("test_cancelled_threads", "test_renew_failures", "race_fork")
PREFORKED = (("prefork", "directory"), ("prefork_handlers", "first"), ("prefork_handlers", "last"))


@pytest.fixture(scope="session")
def sanitized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The harness of the ABI, built with the sanitizers."""
    place = tmp_path_factory.mktemp("probe")
    probe = place / "probe.c"
    probe.write_text("int main(void) { return 0; }\n")
    code, output = run(["cc", *FLAGS, probe, "-o", place / "probe"])
    if code != 0:
        pytest.skip(f"the compiler has no sanitizers: {output.splitlines()[-1]}")
    code, output = run_sanitized([place / "probe"])
    if code != 0:
        pytest.skip(f"the leak sanitizer does not run here: {output.splitlines()[-1]}")
    return build_sanitized("ABI")


@pytest.fixture(scope="session")
def sanitized_faults(sanitized: Path) -> Path:
    """The programs of this suite that are run here, built with the sanitizers."""
    assert sanitized.is_dir()
    return build_sanitized("Faults", "fault_soak", "fault_planted")


@pytest.fixture
def has_valgrind() -> None:
    """Skips where there is no valgrind."""
    if shutil.which("valgrind") is None:
        pytest.skip("valgrind is not installed")


def test_the_harness_is_clean_under_asan_and_ubsan(
    sanitized: Path, is_long: bool, record_property: RecordProperty
) -> None:
    programs = executables(sanitized, "test_*", "race_*")
    programs += executables(build_easy(sanitized), "test_*")
    failures = []
    run_count = 0
    for path in programs:
        if path.name in LENGTHY and not is_long:
            continue
        run_count += 1
        code, output = run_sanitized([path])
        if code != 0:
            failures.append(f"{path.name} ended with {code}\n{output}")
    record_property("programs under ASan and UBSan", run_count)
    record_property("errors", len(failures))
    assert run_count >= 30
    assert failures == []


def test_mixed_operations_are_clean_under_asan_and_ubsan(
    sanitized_faults: Path, tmp_path: Path, is_long: bool, record_property: RecordProperty
) -> None:
    store = tmp_path / "store"
    store.mkdir()
    operations = 1_000_000 if is_long else 20_000
    code, output = run_sanitized(
        [sanitized_faults / "soak", store, "1", str(operations), "2", "2", "1"]
    )
    record_property("programs under ASan and UBSan", 1)
    record_property("errors", int(code != 0))
    assert code == 0, output


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("leak", "detected memory leaks"),
        ("overflow", "heap-buffer-overflow"),
        ("overread", "heap-buffer-overflow"),
        ("undefined", "signed integer overflow"),
    ],
)
def test_the_sanitizers_see_a_fault(
    sanitized_faults: Path, tmp_path: Path, fault: str, words: str
) -> None:
    code, output = run_sanitized([sanitized_faults / "planted", tmp_path, fault])
    assert code not in (0, 2)
    assert words in output


@pytest.mark.usefixtures("has_valgrind")
def test_the_harness_is_clean_under_memcheck(
    tmp_path: Path, is_long: bool, record_property: RecordProperty
) -> None:
    commands = [
        [path]
        for path in executables(ABI, "test_*", "race_*")
        if path.name not in UNFIT | CROWDS and (is_long or path.name in UNDER_MEMCHECK)
    ]
    failures = []
    for (path,) in commands:
        failures += valgrind(MEMCHECK, [path], tmp_path / path.name).faults
    record_property("programs under memcheck", len(commands))
    record_property("errors", len(failures))
    assert len(commands) >= len(UNDER_MEMCHECK)
    assert failures == []


@pytest.mark.usefixtures("has_valgrind")
def test_mixed_operations_are_clean_under_memcheck(
    tmp_path: Path, is_long: bool, record_property: RecordProperty
) -> None:
    operations = 50_000 if is_long else 2_000
    store = tmp_path / "store"
    store.mkdir()
    command = [program("soak"), store, "1", str(operations), "1", "2", "1"]
    outcome = valgrind(MEMCHECK, command, tmp_path / "run")
    record_property("programs under memcheck", 1)
    record_property("errors", len(outcome.faults))
    assert outcome.faults == []


@pytest.mark.usefixtures("has_valgrind")
def test_memcheck_sees_faults(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    faults = ["leak", "overflow", "overread", "descriptor"]
    outcome = valgrind(MEMCHECK, [program("planted"), store, *faults], tmp_path / "run")
    (report,) = outcome.reports
    assert outcome.code == 0
    assert len(outcome.faults) == 2
    assert report.leaks >= 1
    assert report.descriptors != []
    assert "Invalid write" in report.text
    assert "Invalid read" in report.text


@pytest.mark.usefixtures("has_valgrind")
@pytest.mark.parametrize("tool", ["helgrind", "drd"])
def test_mixed_operations_of_threads_do_not_race(
    tool: str, tmp_path: Path, is_long: bool, record_property: RecordProperty
) -> None:
    operations = 20_000 if is_long else 1_000
    store = tmp_path / "store"
    store.mkdir()
    command: list[object] = [program("soak"), store, "1", str(operations), "1", "3", "1"]
    check_threads(tool, [command], tmp_path, record_property)


def check_threads(
    tool: str, commands: list[list[object]], place: Path, record_property: RecordProperty
) -> None:
    """Runs programs under a tool that looks for races."""
    faults = []
    for number, command in enumerate(commands):
        faults += valgrind([f"--tool={tool}"], command, place / f"run-{number}").faults
    record_property("programs under helgrind and drd", len(commands))
    record_property("errors", len(faults))
    assert faults == []


def of_threads(place: Path) -> list[list[object]]:
    """Programs of threads, some of which fork beside them; the first is the short form's."""
    commands: list[list[object]] = [[ABI / name] for name in OF_THREADS]
    for name, kind in PREFORKED:
        store = place / f"{name}-{kind}"
        store.mkdir(mode=0o700)
        forks, seed, patience = 20, 1, 60
        commands.append([program(name), kind, store, forks, seed, patience])
    return commands


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """In the short form one tool looks at one program of the harness."""
    if "race_finder" in metafunc.fixturenames:
        is_long = metafunc.config.getoption("--scale") == "long"
        metafunc.parametrize("race_finder", ["helgrind", "drd"] if is_long else ["helgrind"])


@pytest.mark.usefixtures("has_valgrind")
def test_the_threads_of_the_harness_do_not_race(
    race_finder: str, tmp_path: Path, is_long: bool, record_property: RecordProperty
) -> None:
    commands = of_threads(tmp_path)
    check_threads(race_finder, commands if is_long else commands[:1], tmp_path, record_property)


@pytest.mark.usefixtures("has_valgrind")
@pytest.mark.parametrize("tool", ["helgrind", "drd"])
def test_a_race_within_the_library_is_seen(tool: str, tmp_path: Path) -> None:
    command = [program("planted"), tmp_path, "race"]
    outcome = valgrind([f"--tool={tool}"], command, tmp_path / "run")
    assert outcome.code == 0
    (text,) = outcome.faults
    assert "libsession3" in text
