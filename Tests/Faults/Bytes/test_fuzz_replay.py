# SPDX-License-Identifier: MIT
"""No input that a fuzzer ever kept breaks a rule, and neither do new ones.

The targets, and the rules that each of them checks, are in Fuzz. In the short form one build
without optimization replays Fuzz/Corpus and Fuzz/FailCases, and tries some new inputs; in the long
form each fuzzer runs for 30 minutes: as Embedded and, beside it, as normal Swift, each for
SESSION3_FUZZ_SECONDS, 15 minutes by default. What is replayed must be enough to notice a planted
fault: one for all in the short form, one for each target in the long form.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fuzz_inputs import folders_of, make_seeds
from mutants import all_mutants, broken_sources, write_sources
from places import BUILD, ROOT, preload
from proof import RecordProperty

pytestmark = pytest.mark.method("fuzz")

TARGETS = ("record", "messagepack", "merge", "cookie", "store")
SHORT_RUNS = 50
LONG_SECONDS = 900
SEED = 20
BUILD_LIMIT_S = 900
# What libFuzzer says of an input at which it stops, and at its end.
KEPT = re.compile(r"^artifact_prefix='.*Test unit written to ", re.MULTILINE)
DONE = re.compile(r"^#(\d+)\s+DONE\s+cov: (\d+) ft: (\d+) corp: (\d+)/", re.MULTILINE)


def script(
    mode: str,
    verb: str,
    seconds: int,
    *targets: str,
    root: Path = ROOT,
    place: Path = BUILD,
) -> subprocess.CompletedProcess[str]:
    """Runs scripts/fuzz of a tree."""
    environment = {
        **os.environ,
        "SESSION3_BUILD": str(place.resolve()),
        "SESSION3_FUZZ_MODE": mode,
        "SESSION3_FUZZ_SECONDS": str(seconds),
    }
    return subprocess.run(
        [root / "scripts" / "fuzz", verb, *targets],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=BUILD_LIMIT_S + 2 * seconds * max(1, len(targets)),
        check=False,
    )


Fuzz = Callable[..., tuple[int, int, int, int]]


@dataclass(frozen=True)
class Planted:
    """A fault of which a target's replay must say something."""

    target: str
    name: str
    saying: str
    preloaded: dict[str, str] = field(default_factory=dict)
    """What plants it in the sound executable; else it is one of Mutants/*.toml."""


LYING = {"LD_PRELOAD": preload("partial_io"), "PARTIAL_IO": "100,lie"}
PLANTED_ALWAYS = [Planted("store", "writes_are_cut_short", "what the model has is stored", LYING)]
PLANTED_IN_MUTANTS = [
    Planted("record", "checksum_not_checked", "a file is taken or refused as documented"),
    Planted("messagepack", "any_bytes_are_text", "a value is taken, and made canonical"),
    Planted("merge", "merge_takes_theirs", "what one side changed is kept"),
    Planted("cookie", "quotes_belong_to_the_value", "the values of a cookie, in their order"),
    Planted("store", "save_recreates", "broken rule: "),
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """More faults in the long form, since they need a build of their own."""
    if "planted" in metafunc.fixturenames:
        is_long = metafunc.config.getoption("--scale") == "long"
        faults = PLANTED_ALWAYS + PLANTED_IN_MUTANTS * is_long
        names = [f"{fault.target}-{fault.name}" for fault in faults]
        metafunc.parametrize("planted", faults, ids=names)


@pytest.fixture(scope="module")
def quick_program() -> Path:
    """The executable of all targets, without optimization."""
    return build(ROOT, BUILD)


@pytest.fixture(scope="module")
def broken_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with all mutants in it, of which SESSION3_BROKEN chooses one."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("Fuzz", "include", "scripts"):
        shutil.copytree(ROOT / name, tree / name)
    write_sources(broken_sources(all_mutants()), tree / "Sources")
    return build(tree, tree / "build")


def build(root: Path, place: Path) -> Path:
    """Builds the executable of a tree without optimization."""
    for tool in ("swiftc", "clang"):
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool} to build the fuzzers with")
    built = script("quick", "build", 0, root=root, place=place)
    assert built.returncode == 0, built.stdout
    return place.resolve() / "fuzz" / "quick" / "fuzz"


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first inputs, which are made of the golden files: a folder for each target."""
    return make_seeds(tmp_path_factory.mktemp("seeds"))


@pytest.fixture
def fuzz(quick_program: Path, tmp_path: Path, record_property: RecordProperty) -> Fuzz:
    """Runs a target without optimization; answers executions, coverage, features, corpus."""

    def run(target: str, *arguments: str | Path) -> tuple[int, int, int, int]:
        done = outcome_of(quick_program, target, tmp_path, *arguments)
        record_property("crashes", crashes_of([done]))
        assert done.returncode == 0, done.stdout[-4000:]
        return figures(done.stdout)

    return run


def outcome_of(
    program: Path,
    target: str,
    artifacts: Path,
    *arguments: str | Path,
    variables: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs a target to its end."""
    return subprocess.run(
        [program, f"-artifact_prefix={artifacts}/", "-timeout=60", "-max_len=8400", *arguments],
        env={
            **os.environ,
            "SESSION3_FUZZ_TARGET": target,
            "SWIFT_BACKTRACE": "enable=no",
            **(variables or {}),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=600,
        check=False,
    )


def figures(output: str) -> tuple[int, int, int, int]:
    """What libFuzzer says at its end: executions, coverage, features, size of the corpus."""
    found = DONE.search(output)
    assert found is not None, output[-4000:]
    executions, coverage, features, corpus = map(int, found.groups())
    return executions, coverage, features, corpus


def crashes_of(runs: list[subprocess.CompletedProcess[str]]) -> int:
    """How many of the runs kept an input that breaks a rule, or ended badly without one."""
    return sum(run.returncode != 0 or bool(KEPT.search(run.stdout)) for run in runs)


def tell(record_property: RecordProperty, target: str, found: tuple[int, ...]) -> None:
    """The figures of a run."""
    executions, coverage, features, corpus = found
    record_property("fuzzer executions", executions)
    print(
        f"{target}: {executions} executions, {coverage} edges, {features} features, {corpus} kept"
    )


@pytest.mark.parametrize("target", TARGETS)
def test_no_kept_input_breaks_a_rule(
    target: str, fuzz: Fuzz, seeds: Path, record_property: RecordProperty
) -> None:
    folders = folders_of(target, seeds)
    count = sum(1 for folder in folders for file in folder.iterdir() if file.is_file())
    assert (ROOT / "Fuzz" / "Corpus" / target) in folders
    found = fuzz(target, "-runs=0", *folders)
    assert found[0] >= count
    record_property("inputs replayed", count)
    tell(record_property, target, found)


@pytest.mark.parametrize("target", TARGETS)
def test_no_new_input_breaks_a_rule(
    target: str,
    fuzz: Fuzz,
    is_long: bool,
    tmp_path: Path,
    record_property: RecordProperty,
) -> None:
    if not is_long:
        corpus = ROOT / "Fuzz" / "Corpus" / target
        runs = SHORT_RUNS + sum(1 for _ in corpus.iterdir())
        kept = tmp_path / "kept"
        kept.mkdir()
        found = fuzz(target, f"-seed={SEED}", f"-runs={runs}", kept, corpus)
        return tell(record_property, target, found)
    seconds = int(os.environ.get("SESSION3_FUZZ_SECONDS", LONG_SECONDS))
    modes = ("embedded", "normal")
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda mode: script(mode, "run", seconds, target), modes))
    record_property("crashes", crashes_of(done))
    for mode, run in zip(modes, done, strict=True):
        assert run.returncode == 0, run.stdout[-4000:]
        tell(record_property, f"{target}, {mode}", figures(run.stdout))
    record_property("minutes of fuzzing", len(modes) * seconds / 60)
    return None


def test_the_replay_notices_a_planted_fault(
    planted: Planted,
    seeds: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    record_property: RecordProperty,
) -> None:
    """The rules are some that fail, and the kept inputs are enough for it."""
    name = "quick_program" if planted.preloaded else "broken_program"
    program: Path = request.getfixturevalue(name)
    words: list[str | Path] = [f"-seed={SEED}", "-runs=0", *folders_of(planted.target, seeds)]
    if not planted.preloaded:
        sound = outcome_of(program, planted.target, tmp_path, *words)
        assert sound.returncode == 0, sound.stdout[-4000:]
    fault = planted.preloaded or {"SESSION3_BROKEN": planted.name}
    broken = outcome_of(program, planted.target, tmp_path, *words, variables=fault)
    assert broken.returncode != 0, broken.stdout[-4000:]
    assert planted.saying in broken.stdout, broken.stdout[-4000:]
    record_property("planted faults noticed", 1)
