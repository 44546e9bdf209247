# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents that Graph holds as base64 or text: compared by what they mean."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Callable

from .fields import FieldType
from .references import ResolvedNames


def scalar_text(value: Any) -> str:
    """Return a scalar as Graph's string-typed values hold it: true, not True, and nothing for none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


class Encoded(FieldType):
    """A document that Graph holds as base64: compared decoded, so its spelling does not matter.

    parse returns the meaning of the text (any comparable value) and raises ValueError when it is none.
    """

    def __init__(self, parse: Callable[[str], Any] = str) -> None:
        super().__init__()
        self.parse = parse

    def check(self, value: Any) -> None:
        if not value:
            return
        try:
            self.parse(str(value))
        except ValueError as error:
            raise ValueError(f"cannot be used: {error}") from None

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        if current and value == self.text(current):
            return current
        return base64.b64encode(str(value).encode()).decode() if value else None

    def equal(self, desired: Any, current: Any) -> bool:
        return bool(self.meaning(desired) == self.meaning(current))

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return self.text(value)

    def meaning(self, value: Any) -> Any:
        text = self.text(value)
        if text is None:
            return None
        try:
            return self.parse(text)
        except ValueError:
            return text

    @staticmethod
    def text(value: Any) -> str | None:
        """Return the decoded text of a base64 value; a value that is none is returned as it stands."""
        if not value:
            return None
        try:
            # In lines of 76 characters, and with a byte order mark, it is the same document.
            return base64.b64decode("".join(value.split()), validate=True).decode("utf-8-sig")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return str(value)


def with_types(value: Any, *types: type) -> Any:
    """Return a value in which members of the types differ from values that Python holds equal: True and 1."""
    if isinstance(value, Mapping):
        return {key: with_types(item, *types) for key, item in value.items()}
    if isinstance(value, list):
        return [with_types(item, *types) for item in value]
    return (type(value), value) if isinstance(value, types) else value


def parse_plist(text: str) -> Any:
    """Return the meaning of a property list, given whole or as its bare <dict>; integer and real differ in it.

    Raises ValueError when the text is no property list.
    """
    import plistlib

    body = text.strip()
    if "<plist" not in body:
        body = '<plist version="1.0">' + body + "</plist>"
    try:
        return with_types(plistlib.loads(body.encode()), bool, float)
    except Exception as error:  # plistlib lets expat's and its own errors through
        raise ValueError(f"it is not a property list: {error}") from None


def parse_json(text: str) -> Any:
    """Return the meaning of a JSON document, in which 1 and 1.0 are one number. Raises ValueError when it is none."""
    try:
        return with_types(json.loads(text), bool)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is not JSON: {error}") from None


def parse_xml(text: str) -> Any:
    """Return the meaning of an XML document: its canonical form. Raises ValueError when it is none."""
    from xml.etree import ElementTree

    try:
        return ElementTree.canonicalize(text.strip(), strip_text=True)
    except (ElementTree.ParseError, RecursionError) as error:
        raise ValueError(f"it is not XML: {error}") from None
