# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A page whose objects all look alike, cut into the texts of their values: most of a large list is only passed on.

Cutting takes half the time of decoding, and what is passed on need not be encoded again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_START = b'"value":['
_VALUE = rb'("[^"]*"|null|true|false|0|[1-9][0-9]*)'
# What a string holds only in an escape sequence, or not as the same text when it is encoded again.
_ESCAPED = bytes(range(32)) + b"\\"


class UndecodedColumns(dict[str, Sequence[Any]]):
    """The values of a property in all objects, decoded when somebody looks at them; `texts` has them as they were sent."""

    def __init__(self, texts: Mapping[str, Sequence[bytes]], count: int) -> None:
        super().__init__()
        self.texts = texts
        self._count = count

    def __missing__(self, name: str) -> Sequence[Any]:
        values = json.loads(b"[%b]" % b",".join(self.texts[name])) if name in self.texts else [None] * self._count
        return self.setdefault(name, values)


class Rows:
    """The objects of a page."""

    def __init__(self, names: Sequence[str], rows: Sequence[Sequence[bytes]]) -> None:
        self.columns = UndecodedColumns(dict(zip(names, zip(*rows))), len(rows))
        self._count = len(rows)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[dict[str, Any]]:
        names = list(self.columns.texts)
        return (dict(zip(names, values)) for values in zip(*map(self.columns.__getitem__, names)))


def page(content: bytes) -> dict[str, Any] | None:
    """Return a page with Rows as its value; None for any that has to be decoded.

    What it takes is what json.loads() takes and means the same: each brace opens an object of the first one's properties, and
    behind it comes the next or the end, so that nothing is left over.
    """
    try:
        start, end = content.index(_START) + len(_START), content.rindex(b"]")
        objects = content[start:end]
        around = json.loads(content[:start] + content[end:])
        names = list(json.loads(objects[: objects.index(b"}") + 1]))
        objects.decode()
    except ValueError:
        return None
    if around.get("value") != [] or len(names) < 2 or len(objects.translate(None, _ESCAPED)) < len(objects):
        return None
    properties = b",".join(b'"%b":%b' % (re.escape(name.encode()), _VALUE) for name in names)
    rows = re.findall(b"{%b}(?:,(?={)|\\Z)" % properties, objects)
    if len(rows) != objects.count(b"{"):
        return None
    return {**around, "value": Rows(names, rows)}
