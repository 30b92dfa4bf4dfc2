# SPDX-License-Identifier: MIT
"""No input that a fuzzer ever kept breaks a rule, and neither do new ones.

The targets, and the rules that each of them checks, are in Fuzz. In the short form one build
without optimization replays Fuzz/Corpus and Fuzz/FailCases, and tries some new inputs; in the long
form each fuzzer runs for SESSION3_FUZZ_SECONDS, 30 minutes by default, as Embedded and as normal
Swift.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from places import BUILD, ROOT

pytestmark = pytest.mark.method("fuzz")

TARGETS = ("record", "messagepack", "merge", "cookie", "store")
SHORT_RUNS = 50
LONG_SECONDS = 1800
SEED = 20
BUILD_LIMIT_S = 900
# What libFuzzer says at its end.
DONE = re.compile(r"^#(\d+)\s+DONE\s+cov: (\d+) ft: (\d+) corp: (\d+)/", re.MULTILINE)


def script(mode: str, verb: str, seconds: int, *targets: str) -> subprocess.CompletedProcess[str]:
    """Runs scripts/fuzz."""
    environment = {
        **os.environ,
        "SESSION3_BUILD": str(BUILD.resolve()),
        "SESSION3_FUZZ_MODE": mode,
        "SESSION3_FUZZ_SECONDS": str(seconds),
    }
    return subprocess.run(
        [ROOT / "scripts" / "fuzz", verb, *targets],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=BUILD_LIMIT_S + 2 * seconds * max(1, len(targets)),
        check=False,
    )


Fuzz = Callable[..., tuple[int, int, int, int]]


@pytest.fixture(scope="module")
def quick_program() -> Path:
    """The executable of all targets, without optimization."""
    for tool in ("swiftc", "clang"):
        if shutil.which(tool) is None:
            pytest.skip(f"no {tool} to build the fuzzers with")
    built = script("quick", "build", 0)
    assert built.returncode == 0, built.stdout
    return BUILD.resolve() / "fuzz" / "quick" / "fuzz"


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first inputs, which are made of the golden files: a folder for each target."""
    directory = tmp_path_factory.mktemp("seeds")
    subprocess.run([sys.executable, ROOT / "Fuzz" / "make_seeds.py", directory], check=True)
    return directory


@pytest.fixture
def fuzz(quick_program: Path, tmp_path: Path) -> Fuzz:
    """Runs a target without optimization; answers executions, coverage, features, corpus."""

    def run(target: str, *arguments: str | Path) -> tuple[int, int, int, int]:
        done = subprocess.run(
            [
                quick_program,
                f"-artifact_prefix={tmp_path}/",
                "-timeout=60",
                "-max_len=8400",
                *arguments,
            ],
            env={**os.environ, "SESSION3_FUZZ_TARGET": target, "SWIFT_BACKTRACE": "enable=no"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        return figures(done.stdout)

    return run


def figures(output: str) -> tuple[int, int, int, int]:
    """What libFuzzer says at its end: executions, coverage, features, size of the corpus."""
    found = DONE.search(output)
    assert found is not None, output[-4000:]
    executions, coverage, features, corpus = map(int, found.groups())
    return executions, coverage, features, corpus


def inputs_of(target: str, seeds: Path) -> list[Path]:
    """The folders of a target's kept inputs that are there."""
    folders = [ROOT / "Fuzz" / kind / target for kind in ("Corpus", "FailCases")]
    return [folder for folder in (*folders, seeds / target) if folder.is_dir()]


def tell(
    record_property: Callable[[str, object], None], target: str, found: tuple[int, ...]
) -> None:
    """The figures of a run; no crash is counted but by a failure."""
    executions, coverage, features, corpus = found
    record_property("fuzzer executions", executions)
    record_property("crashes", 0)
    print(
        f"{target}: {executions} executions, {coverage} edges, {features} features, {corpus} kept"
    )


@pytest.mark.parametrize("target", TARGETS)
def test_no_kept_input_breaks_a_rule(
    target: str, fuzz: Fuzz, seeds: Path, record_property: Callable[[str, object], None]
) -> None:
    folders = inputs_of(target, seeds)
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
    record_property: Callable[[str, object], None],
) -> None:
    if not is_long:
        corpus = ROOT / "Fuzz" / "Corpus" / target
        runs = SHORT_RUNS + sum(1 for _ in corpus.iterdir())
        kept = tmp_path / "kept"
        kept.mkdir()
        found = fuzz(target, f"-seed={SEED}", f"-runs={runs}", kept, corpus)
        return tell(record_property, target, found)
    seconds = int(os.environ.get("SESSION3_FUZZ_SECONDS", LONG_SECONDS))
    for mode in ("embedded", "normal"):
        run = script(mode, "run", seconds, target)
        assert run.returncode == 0, run.stdout[-4000:]
        tell(record_property, f"{target}, {mode}", figures(run.stdout))
    return None
