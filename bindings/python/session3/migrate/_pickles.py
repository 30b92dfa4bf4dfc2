# SPDX-License-Identifier: MIT
"""Reads pickles without running them.

The opcodes are those of the standard library's pickletools; what they would make is noted down in
inert objects of this module. Nothing is imported, called, hashed or compared, whatever the pickle
says, and time and memory grow with its length alone.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pickletools import genops
from typing import Any

from session3.migrate._outcome import RefusedError, UnreadableError


class Name:
    """A class or function that a pickle names."""

    __slots__ = ("module", "name")

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Instance:
    """What a call would return: of a class, or of a function."""

    __slots__ = ("arguments", "elements", "items", "name", "states")

    def __init__(self, name: Name, arguments: tuple[Any, ...]) -> None:
        self.name = name
        self.arguments = arguments
        self.states: list[Any] = []
        self.items: list[tuple[Any, Any]] = []
        """What would be set by key."""
        self.elements: list[Any] = []
        """What would be appended."""


class Pairs:
    """A dict. Its keys can be anything: to hash a crafted one may take for ever."""

    __slots__ = ("items",)

    def __init__(self, items: list[tuple[Any, Any]]) -> None:
        self.items = items


class Elements:
    """A set or frozenset."""

    __slots__ = ("elements",)

    def __init__(self, elements: list[Any]) -> None:
        self.elements = elements


class ByteText:
    """A str of Python 2, which is text or binary."""

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        self.raw = raw


class EncodedText:
    """bytes in protocols of old: text whose characters are they. It is not encoded here, where what
    is made of a shared text would be no longer bounded by the length of the pickle."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Pickled:
    """A pickle's value, in the objects of this module; and what else it told."""

    def __init__(self, value: Any, names: list[Name], end: int) -> None:
        self.value = value
        self.names = names
        """All that it names."""
        self.end = end
        """Where the next one would begin."""


def read_pickle(data: bytes, start: int = 0) -> Pickled:
    """Reads the pickle at a place; what is behind it is not looked at.

    UnreadableError if it is damaged, RefusedError if it asks for what no session needs.
    """
    stream = io.BytesIO(data)
    stream.seek(start)
    machine = _Machine()
    try:
        with warnings.catch_warnings():
            # Of escapes in a str of Python 2, which may be errors where they are asked for.
            warnings.simplefilter("ignore")
            for opcode, argument, _ in genops(stream):
                machine.step(opcode.name, argument)
        value = machine.stack.pop()
    except (ValueError, IndexError, KeyError, OverflowError):
        raise UnreadableError("a damaged pickle") from None
    return Pickled(value, machine.names, stream.tell())


class _Machine:
    """The stack and the memo of one pickle."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []
        """The stacks below each mark."""
        self.memo: dict[int, Any] = {}
        self.names: list[Name] = []

    def step(self, opcode: str, argument: Any) -> None:
        """Does what an opcode stands for."""
        if opcode in _PUSHED:
            self.stack.append(argument)
        elif opcode not in _WITHOUT_EFFECT:
            act = _ACTIONS.get(opcode)
            if act is None:
                raise RefusedError(f"a pickle that uses {opcode}")
            act(self, argument)

    def pop(self, count: int) -> list[Any]:
        """The uppermost objects, the topmost last."""
        if len(self.stack) < count:
            raise IndexError
        items = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return items

    def pop_mark(self) -> list[Any]:
        """What was pushed since the last mark."""
        items = self.stack
        self.stack = self.below.pop()
        return items

    def mark(self, _: Any) -> None:
        self.below.append(self.stack)
        self.stack = []

    def discard(self, _: Any) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self.pop_mark()

    def discard_marked(self, _: Any) -> None:
        self.pop_mark()

    def put(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    def append(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is list:
            target.extend(items)
        elif type(target) is Instance:
            target.elements.extend(items)
        else:
            raise ValueError

    def set_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) not in (Pairs, Instance):
            raise ValueError
        target.items.extend(_paired(items))

    def add(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is not Elements:
            raise ValueError
        target.elements.extend(items)

    def name(self, module: Any, name: Any) -> Name:
        if type(module) is not str or type(name) is not str:
            raise ValueError
        if len(module) + len(name) > _LONGEST_NAME:
            raise RefusedError(f"a pickle with a name of more than {_LONGEST_NAME} characters")
        found = Name(_OLD_MODULES.get(module, module), name)
        self.names.append(found)
        return found

    def global_(self, argument: str) -> None:
        self.stack.append(self.name(*argument.split(" ", 1)))

    def stack_global(self, _: Any) -> None:
        self.stack.append(self.name(*self.pop(2)))

    def build(self, _: Any) -> None:
        target, state = self.stack[-2], self.stack.pop()
        if type(target) is not Instance:
            raise RefusedError("a pickle that sets the state of what is no instance")
        target.states.append(state)

    def call(self, function: Any, arguments: Any) -> None:
        """Pushes what a call would return."""
        if type(function) is not Name or type(arguments) is not tuple:
            raise RefusedError("a pickle that calls what has no name")
        self.stack.append(_result(function, arguments))

    def reduce(self, _: Any) -> None:
        self.call(*self.pop(2))

    def new(self, _: Any) -> None:
        kind, arguments, keywords = self.pop(3)
        if type(keywords) is not Pairs or keywords.items:
            raise RefusedError("a pickle that calls a class with keywords")
        self.call(kind, arguments)

    def inst(self, argument: str) -> None:
        arguments = tuple(self.pop_mark())
        self.call(self.name(*argument.split(" ", 1)), arguments)

    def obj(self, _: Any) -> None:
        kind, *arguments = self.pop_mark()
        self.call(kind, tuple(arguments))


def _paired(items: list[Any]) -> list[tuple[Any, Any]]:
    if len(items) % 2:
        raise ValueError
    return list(zip(items[::2], items[1::2]))


def _result(function: Name, arguments: tuple[Any, ...]) -> Any:
    """What a call would return, where that is plain; an Instance of it else."""
    make = _PLAIN_CALLS.get((function.module, function.name))
    if make is None:
        return Instance(function, arguments)
    result = make(arguments)
    if result is None:
        raise RefusedError(f"a pickle that calls {function} with other arguments than pickle does")
    return result


def _of_class(arguments: tuple[Any, ...]) -> Instance | None:
    """copyreg.__newobj__(class, *arguments), in protocols of old."""
    if 0 < len(arguments) <= _MOST_ARGUMENTS and type(arguments[0]) is Name:
        return Instance(arguments[0], arguments[1:])
    return None


def _reconstructed(arguments: tuple[Any, ...]) -> Instance | None:
    """copyreg._reconstructor(class, object, None), in the oldest protocols."""
    if len(arguments) == 3 and arguments[2] is None:
        kind, base, _ = arguments
        if type(kind) is type(base) is Name and str(base) == "builtins.object":
            return Instance(kind, ())
    return None


def _method(arguments: tuple[Any, ...]) -> Name | None:
    """getattr(ZoneInfo, "_unpickle"), which each pickled ZoneInfo has."""
    if len(arguments) == 2 and arguments[1] in _TIME_ZONE_METHODS:
        kind, name = arguments
        if type(kind) is Name and str(kind) == "zoneinfo.ZoneInfo":
            return Name("zoneinfo", f"ZoneInfo.{name}")
    return None


def _encoded(arguments: tuple[Any, ...]) -> EncodedText | None:
    """_codecs.encode(text, "latin1"), which bytes are in protocols of old."""
    if len(arguments) == 2 and type(arguments[0]) is str and arguments[1] in _LATIN_1:
        return EncodedText(arguments[0])
    return None


def _empty(arguments: tuple[Any, ...]) -> bytes | None:
    return None if arguments else b""


def _elements(arguments: tuple[Any, ...]) -> Elements | None:
    if not arguments:
        return Elements([])
    return Elements(arguments[0]) if len(arguments) == 1 and type(arguments[0]) is list else None


# Tuples, not sets: to look for something in a set is to hash it.
_LATIN_1 = ("latin1", "latin-1")
_TIME_ZONE_METHODS = ("_unpickle",)
_PLAIN_CALLS: dict[tuple[str, str], Callable[[tuple[Any, ...]], Any]] = {
    ("copyreg", "__newobj__"): _of_class,
    ("copyreg", "_reconstructor"): _reconstructed,
    ("builtins", "getattr"): _method,
    ("builtins", "bytes"): _empty,
    ("builtins", "set"): _elements,
    ("builtins", "frozenset"): _elements,
    ("_codecs", "encode"): _encoded,
}
_MOST_ARGUMENTS = 16
"""Of a class. They are copied in each call, and in a pickle a call takes a few bytes, however many
arguments there are."""
_LONGEST_NAME = 1000
"""Of a module and what is in it. Each use of a name takes time by its length, and in a pickle a use
takes two bytes, however long the name is."""
_OLD_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
"""What modules were called in Python 2."""

_PUSHED = frozenset(
    {
        *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
        *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
        *("SHORT_BINBYTES", "BINBYTES", "BINBYTES8"),
    }
)
_WITHOUT_EFFECT = frozenset({"PROTO", "FRAME", "STOP"})


def _push(make: Callable[[_Machine, Any], Any]) -> Callable[[_Machine, Any], None]:
    def push(machine: _Machine, argument: Any) -> None:
        # First, since to take what is above a mark makes another stack the current one.
        made = make(machine, argument)
        machine.stack.append(made)

    return push


_old_text = _push(lambda _, argument: ByteText(argument.encode("latin-1")))
_get = _push(lambda machine, index: machine.memo[index])
_put = _Machine.put

_ACTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "NONE": _push(lambda *_: None),
    "NEWTRUE": _push(lambda *_: True),
    "NEWFALSE": _push(lambda *_: False),
    "STRING": _old_text,
    "BINSTRING": _old_text,
    "SHORT_BINSTRING": _old_text,
    "BYTEARRAY8": _push(lambda _, raw: Instance(Name("builtins", "bytearray"), (bytes(raw),))),
    "EMPTY_LIST": _push(lambda *_: []),
    "LIST": _push(lambda machine, _: machine.pop_mark()),
    "APPEND": lambda machine, _: machine.append(machine.pop(1)),
    "APPENDS": lambda machine, _: machine.append(machine.pop_mark()),
    "EMPTY_TUPLE": _push(lambda *_: ()),
    "TUPLE": _push(lambda machine, _: tuple(machine.pop_mark())),
    "TUPLE1": _push(lambda machine, _: tuple(machine.pop(1))),
    "TUPLE2": _push(lambda machine, _: tuple(machine.pop(2))),
    "TUPLE3": _push(lambda machine, _: tuple(machine.pop(3))),
    "EMPTY_DICT": _push(lambda *_: Pairs([])),
    "DICT": _push(lambda machine, _: Pairs(_paired(machine.pop_mark()))),
    "SETITEM": lambda machine, _: machine.set_items(machine.pop(2)),
    "SETITEMS": lambda machine, _: machine.set_items(machine.pop_mark()),
    "EMPTY_SET": _push(lambda *_: Elements([])),
    "FROZENSET": _push(lambda machine, _: Elements(machine.pop_mark())),
    "ADDITEMS": lambda machine, _: machine.add(machine.pop_mark()),
    "MARK": _Machine.mark,
    "POP": _Machine.discard,
    "POP_MARK": _Machine.discard_marked,
    "DUP": _push(lambda machine, _: machine.stack[-1]),
    "PUT": _put,
    "BINPUT": _put,
    "LONG_BINPUT": _put,
    "MEMOIZE": lambda machine, _: machine.put(len(machine.memo)),
    "GET": _get,
    "BINGET": _get,
    "LONG_BINGET": _get,
    "GLOBAL": _Machine.global_,
    "STACK_GLOBAL": _Machine.stack_global,
    "REDUCE": _Machine.reduce,
    "NEWOBJ": _Machine.reduce,
    "NEWOBJ_EX": _Machine.new,
    "BUILD": _Machine.build,
    "INST": _Machine.inst,
    "OBJ": _Machine.obj,
}
"""What has no entry are persistent ids, the extension registry and buffers outside the pickle."""
