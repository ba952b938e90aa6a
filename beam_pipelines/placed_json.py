"""JSON read pair by pair (RFC 8259): a repeated key loses nothing, and whatever is wrong has a line and a column."""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_BOM = b"\xef\xbb\xbf"
_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()
_TYPES = {dict: "object", list: "list", bool: "boolean", int: "number", float: "number", type(None): "null"}


class Value(NamedTuple):
    """A JSON value, and where in the text it begins."""

    at: int
    value: Any


class Reader:
    """Walks the objects of a text; raises JSONDecodeError where it stops being JSON.

    A number or a nesting beyond what Python reads raises another ValueError or RecursionError; it begins at ``at``.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def sees(self, mark: str) -> bool:
        """Whether ``mark`` comes next, white space aside."""
        if space := _SPACE.match(self.text, self.at):
            self.at = space.end()
        return self.text.startswith(mark, self.at)

    def takes(self, mark: str) -> bool:
        """Step over ``mark`` if it comes next."""
        found = self.sees(mark)
        self.at += len(mark) if found else 0
        return found

    def expect(self, mark: str) -> None:
        """Step over ``mark``, which has to come next."""
        if not self.takes(mark):
            raise json.JSONDecodeError(f"expecting {mark!r}", self.text, self.at)

    def value(self) -> Value:
        """Read the next value, whatever it is."""
        self.sees("")
        start = self.at
        value, self.at = _DECODER.raw_decode(self.text, start)
        return Value(start, value)

    def names(self) -> Iterator[Value]:
        """The names in the object that comes next; after each the caller has to read what it stands for."""
        self.expect("{")
        if self.takes("}"):
            return
        while True:
            name = self.value()
            if not isinstance(name.value, str):
                raise json.JSONDecodeError("expecting a name in double quotes", self.text, name.at)
            self.expect(":")
            yield name
            if self.takes("}"):
                return
            self.expect(",")

    def end(self) -> None:
        """Nothing may follow."""
        self.sees("")
        if self.at < len(self.text):
            raise json.JSONDecodeError("more data after the end", self.text, self.at)


class Places:
    """Line and column of places in a text that are asked for in rising order: the text is gone through once."""

    def __init__(self, text: str) -> None:
        self.text, self.line, self.line_start, self.seen = text, 1, 0, 0

    def find(self, at: int) -> tuple[int, int]:
        """Both count from 1, the column in characters."""
        self.line += self.text.count("\n", self.seen, at)
        self.line_start = max(self.line_start, self.text.rfind("\n", self.seen, at) + 1)
        self.seen = max(self.seen, at)
        return self.line, at - self.line_start + 1


def without_mark(data: bytes) -> bytes:
    """The bytes without the byte order mark that some editors put before UTF-8."""
    return data.removeprefix(_BOM)


def decode(data: bytes) -> tuple[str, str]:
    """The text up to the first byte that is not UTF-8, and the complaint about that byte, "" when there is none."""
    try:
        return data.decode(), ""
    except UnicodeDecodeError as error:
        return data[: error.start].decode(), f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8"


def not_text(value: Any) -> str:
    """Why a value is no text, as the end of a sentence; "" when it is."""
    if not isinstance(value, str):
        return f"is a JSON {_TYPES[type(value)]}, not a string"
    if not value.strip():
        return "is empty"
    try:
        value.encode()
    except UnicodeEncodeError:  # JSON can spell half of a pair
        return "holds a lone surrogate, which is no character"
    return ""
