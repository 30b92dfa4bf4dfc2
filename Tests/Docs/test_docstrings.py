# SPDX-License-Identifier: MIT
"""Every example in the comments of the Python package, which its reference shows, runs."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from docutils import nodes  # type: ignore[import-untyped]
from docutils.core import publish_doctree  # type: ignore[import-untyped]
from pages import PACKAGE, environment

# What the text around an example says of names that it uses, and of what the example does.
EXPLAINED = {
    "asgi.py SessionMiddleware": (
        """
from session3.asgi import SessionMiddleware
from session3.store.DirectorySessionStore import DirectorySessionStore
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
DirectorySessionStore("sessions", create=True).close()
def count(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return PlainTextResponse(str(request.session["visits"]))
routes = [Route("/", count)]
""",
        """
client = TestClient(app, "https://testserver")
assert [client.get("/").text for _ in range(2)] == ["1", "2"]
""",
    ),
    "cookies.py tame": (
        """
from quixote.directory import Directory
from quixote.publish import Publisher
from session3.cookies import tame
""",
        """
class Root(Directory):
    _q_exports = [""]
    def _q_index(self):
        return "served"
publisher, env = ShopPublisher(Root()), {"HTTP_COOKIE": 'a=b; c="' + "\\\\" * 60}
env.update(REQUEST_METHOD="GET", PATH_INFO="/", SCRIPT_NAME="")
env.update(SERVER_NAME="shop", SERVER_PORT="80")
assert publisher.process(None, env).body == b"served"
assert env["HTTP_COOKIE"] == "a=b"
""",
    ),
    "wsgi.py SessionMiddleware": (
        """
from session3.store.DirectorySessionStore import DirectorySessionStore
from session3.wsgi import SESSION, SessionMiddleware
from werkzeug.test import Client
DirectorySessionStore("sessions", create=True).close()
def application(environ, start_response):
    session = environ[SESSION]
    session["visits"] = session.get("visits", 0) + 1
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(session["visits"]).encode()]
""",
        """
client = Client(application)
assert [client.get("/", "https://shop").text for _ in range(2)] == ["1", "2"]
""",
    ),
}

DOCTEST = """
import doctest
_told = doctest.DocTestParser().get_doctest({text!r}, globals(), {name!r}, None, None)
assert doctest.DocTestRunner().run(_told).failed == 0
"""


@dataclass(frozen=True)
class Example:
    """An example; its name is that of the file, and of what the comment is about."""

    name: str
    text: str

    @property
    def program(self) -> str:
        before, after = EXPLAINED.get(self.name, ("", ""))
        is_doctest = self.text.startswith(">>>")
        text = DOCTEST.format(text=self.text, name=self.name) if is_doctest else self.text
        return f"{before}\n{text}\n{after}"


def comments(tree: ast.AST, owner: str = "") -> Iterator[tuple[str, str]]:
    """All texts that stand as statements, by whose they are: of definitions, and of attributes."""
    for node in ast.iter_child_nodes(tree):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            yield owner, inspect.cleandoc(node.value.value)
        else:
            name = getattr(node, "name", "")
            yield from comments(node, f"{owner}.{name}".strip(".") if name else owner)


def examples_of(name: str, text: str) -> Iterator[Example]:
    """The blocks of code of a comment, as Sphinx tells them from text."""
    # Sphinx's own roles and directives are unknown here, and are no code.
    document = publish_doctree(text, settings_overrides={"report_level": 5, "halt_level": 5})
    for block in document.findall(
        lambda node: isinstance(node, (nodes.literal_block, nodes.doctest_block))
    ):
        if not isinstance(block.parent, nodes.system_message):
            yield Example(name, block.astext())


def examples() -> list[Example]:
    """Those of all modules."""
    return [
        example
        for path in sorted((PACKAGE / "session3").rglob("*.py"))
        for owner, text in comments(ast.parse(path.read_text()))
        for example in examples_of(
            f"{path.relative_to(PACKAGE / 'session3')} {owner}".strip(), text
        )
    ]


def test_each_explanation_is_of_an_example() -> None:
    assert {*EXPLAINED} <= {example.name for example in examples()}


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_an_example_runs(example: Example, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", example.program],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
