# SPDX-License-Identifier: MIT
"""The manual of the Swift API: of all that is public, and of nothing that is not there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from swift_reference import CHAPTERS, SOURCES, SPAN, Faults, Names, reference
from swift_symbols import Interface

ROOT = SOURCES.parent
PAGE = ROOT / "docs" / "reference" / "swift.md"


@pytest.fixture(scope="module")
def interface() -> Interface:
    return Interface.of(SOURCES)


@pytest.fixture(scope="module")
def text(interface: Interface) -> str:
    return reference(interface)


def test_every_public_type_has_its_section(text: str) -> None:
    titles = re.findall(r"^#+ (\S+)$", text, re.MULTILINE)
    public = set()
    for source in SOURCES.glob("Session3/**/*.swift"):
        if "CInterface" not in source.parts:
            declared = re.findall(
                r"^public (?:final |indirect )*(?:class|enum|protocol|struct) (\w+)",
                source.read_text(),
                re.MULTILINE,
            )
            public.update(declared)
    assert len(public) > 25
    assert public <= set(titles)
    assert public == {name for names in CHAPTERS.values() for name in names}


def test_a_member_tells_its_declaration_arguments_and_outcome(text: str) -> None:
    assert (
        "`func deleteUnchanged(_ session: Session) throws(StoreError) -> Bool`\n"
        ": Deletes a session only if it is stored as it was loaded.\n"
        "\n"
        "  - *session*: one that was loaded or saved.\n"
        "  - Returns: false if there was none.\n"
        "  - Throws: `.conflict` if somebody changed it; `.invalid` if it was never stored; what "
        "`delete` throws.\n"
    ) in text


def test_what_is_for_the_library_alone_is_not_there(text: str) -> None:
    assert "session3_store" not in text
    assert "HostSessionStore" not in text
    assert "ByteBuffer" not in text
    assert "\n`var id: SessionID? { get }`\n" in text, "its setter is internal"
    assert "hashValue" not in text


def test_what_a_store_must_have_is_told_once(text: str) -> None:
    assert text.count("`func ids() throws(StoreError) -> any SessionIDSequence`") == 1
    sweep = text.index("`func sweep(olderThan age: Int64, into result:")
    assert "A store need not have it." in text[sweep : text.index("\n`func", sweep)]


# A change of the sources, and what is then said.
CHANGES = {
    "no comment": (
        "Stores/SavePolicy.swift",
        "  /// How two changes come together.\n  public var",
        "  public var",
        "Session3/Stores/SavePolicy.swift:15: SavePolicy.onConflict: is public, and has no comment",
    ),
    "no word of a failure": (
        "Stores/SessionRepository.swift",
        "  /// - Returns: whether there is one.\n  /// - Throws: `.io`.\n",
        "  /// - Returns: whether there is one.\n",
        "SessionRepository.has(_:): does not say what it throws",
    ),
    "a name of the past": (
        "Model/Session.swift",
        "here reaches the store by `SessionRepository.save`.",
        "here reaches the store by `SessionRepository.saveSession`.",
        "Session: speaks of SessionRepository.saveSession, which is not there",
    ),
    "a code of the past": (
        "Stores/SessionRepository.swift",
        "/// - Throws: `.gone` if there is no such session; `.io`.",
        "/// - Throws: `.vanished` if there is no such session; `.io`.",
        "SessionRepository.touch(_:at:): speaks of .vanished, which is not there",
    ),
    "a new type": (
        "Stores/SyncMode.swift",
        "/// What a save that returned survives",
        "/// New.\npublic struct Novelty {}\n\n/// What a save that returned survives",
        "Novelty: stands in no chapter of the reference",
    ),
    "a type that is gone": (
        "Stores/MemorySessionStore.swift",
        "public final class SessionIDArray",
        "final class SessionIDArray",
        "SessionIDArray: is in a chapter, and is not there",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_keeps_it_from_being_whole_is_named(name: str, tmp_path: Path) -> None:
    file, text, changed, said = CHANGES[name]
    for folder in ("Sources", "include"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    source = tmp_path / "Sources" / "Session3" / file
    assert source.read_text().count(text) == 1
    source.write_text(source.read_text().replace(text, changed))
    with pytest.raises(Faults) as faults:
        reference(Interface.of(tmp_path / "Sources"))
    assert any(line.endswith(said) for line in str(faults.value).splitlines()), faults.value


def excerpts() -> list[tuple[Path, dict[str, str]]]:
    """The files that the page shows, each with its options."""
    blocks = re.findall(r"```\{literalinclude\} (\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return [
        (
            (PAGE.parent / path).resolve(),
            dict(re.findall(r'^:([\w-]+): "?(.*?)"?$', options, re.MULTILINE)),
        )
        for path, options in blocks
    ]


def test_all_code_of_the_page_is_of_programs_that_are_built() -> None:
    assert re.findall(r"```swift", PAGE.read_text()) == []
    shown = excerpts()
    assert len(shown) > 8
    for path, options in shown:
        code = path.read_text()
        for option in ("start-after", "start-at", "end-before"):
            if option in options:
                assert code.count(options[option]) == 1, (path, options)


def test_the_page_speaks_of_what_is_there(interface: Interface) -> None:
    names = Names(interface)
    prose = re.sub(r"```.*?```", "", PAGE.read_text(), flags=re.DOTALL)
    spans = [span for span in SPAN.findall(prose) if not span.startswith(".package(")]
    assert len(spans) > 30
    assert [span for span in spans if not names.is_known(span)] == []


def test_each_excerpt_of_the_programs_is_shown() -> None:
    shown = {(path, options.get("start-after")) for path, options in excerpts()}
    programs = [*ROOT.glob("examples/swift-package/Sources/**/*.swift")]
    programs += ROOT.glob("Tests/SwiftPackage/Sources/worker/*.swift")
    for path in programs:
        for mark in re.findall(r"// (docs: begin .*)", path.read_text()):
            assert (path, mark) in shown
