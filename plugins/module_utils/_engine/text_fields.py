# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that are texts of a certain form."""

from __future__ import annotations

import ipaddress
import re
from datetime import datetime
from typing import Any

from .._graph import odata
from .._graph.redact import UNSEEN
from .fields import FieldType
from .names import package_name
from .references import ResolvedNames


class Text(FieldType):
    """Text whose line ends and trailing white space Graph and editors change on their own."""

    def equal(self, desired: Any, current: Any) -> bool:
        return self._normal(desired) == self._normal(current)

    @staticmethod
    def _normal(value: Any) -> str:
        return str(value or "").replace("\r\n", "\n").rstrip()


# What a template without a value leaves behind.
_NO_VALUE = re.compile(r"None|.*__omit_place_holder__.*", re.DOTALL)


class Name(FieldType):
    """What an object is called: tasks find it by that, so all of it has to be visible."""

    def __init__(self, longest: int | None = None) -> None:
        super().__init__()
        self.longest = longest

    def check(self, value: Any) -> None:
        text = str(value)
        if not text.strip():
            raise ValueError("is empty")
        if self.longest and len(text) > self.longest:
            raise ValueError(f"must be a text of at most {self.longest} characters, not '{text}'")
        if _NO_VALUE.fullmatch(text):
            raise ValueError(f"is '{text}', which is what a template without a value leaves: check its variables")
        unseen = UNSEEN.search(text) or re.search(r"[\r\n]", text)
        if unseen:
            raise ValueError(f"'{text}' has a character that nobody sees (U+{ord(unseen[0]):04X}): type the name anew")
        if text != text.strip():
            raise ValueError(f"'{text}' begins or ends with a blank: remove it")


class Pattern(FieldType):
    """Text of one form, which messages describe; an empty one clears it."""

    def __init__(self, pattern: str, form: str) -> None:
        super().__init__()
        self.pattern = re.compile(pattern, re.DOTALL)
        self.form = form

    def check(self, value: Any) -> None:
        if value and not self.pattern.fullmatch(str(value)):
            raise ValueError(f"must be {self.form}, not '{value}'")


class Url(Pattern):
    def __init__(self) -> None:
        super().__init__(
            r"(?i:https?)://[^\s/?#:]+(:\d+)?([/?#]\S*)?", "a URL such as https://www.example.com/ without blanks"
        )


class PackageName(Pattern):
    """The package name of an Android app; Graph puts a prefix before it in some places."""

    def __init__(self) -> None:
        super().__init__(r"(app:)?[A-Za-z]\w*(\.[A-Za-z]\w*)+", "a package name such as com.example.app")

    def encode(self, value: Any, current: Any, ids: ResolvedNames) -> Any:
        return package_name(value)

    def equal(self, desired: Any, current: Any) -> bool:
        return package_name(desired) == package_name(current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return package_name(value) or None


class BundleId(Pattern):
    """The bundle ID of an Apple app.

    https://developer.apple.com/documentation/bundleresources/information-property-list/cfbundleidentifier
    """

    def __init__(self) -> None:
        super().__init__(r"[A-Za-z0-9][A-Za-z0-9._-]*", "a bundle ID such as com.example.app")


# In place of a patch level where none is required [graph facts: policies for managed apps].
_NO_DATE = "0000-00-00"


class Date(Pattern):
    """A day of the calendar."""

    def __init__(self) -> None:
        super().__init__(r"\d{4}-\d{2}-\d{2}", "a date such as 2026-01-31")

    def check(self, value: Any) -> None:
        super().check(value)
        try:
            datetime.fromisoformat(self._date(value) or "2026-01-31")
        except ValueError:
            raise ValueError(f"must be {self.form}, not '{value}'") from None

    def equal(self, desired: Any, current: Any) -> bool:
        return self._date(desired) == self._date(current)

    def show(self, value: Any, ids: ResolvedNames, declared: Any = None) -> Any:
        return self._date(value)

    @staticmethod
    def _date(value: Any) -> str | None:
        return None if value in (None, "", _NO_DATE) else str(value)

    def is_unreadable(self, value: Any) -> bool:
        return False


NO_BLANKS = Pattern(r"\S+", "a text without blanks")
FILE_NAME = Pattern(r"(?!.*[\x00-\x1f])[^/\\]*[^/\\\s.]", "the name of a file without its directory")
APP_ID = Pattern(r"(app:)?[A-Za-z0-9][\w.-]*", "a bundle ID or package name such as com.example.app")
URL = Url()
VERSION = Pattern(r"\d+(\.\d+){0,3}", "a version such as 15 or 10.0.19045.1234")
DATE = Date()
BUILD = Pattern(r"\w+(\.\w+)*", "a build of an operating system such as 20G75")
OBJECT_IDENTIFIER = Pattern(r"\d+(\.\d+)+", "an object identifier such as 1.3.6.1.5.5.7.3.2")


class Guid(Pattern):
    def __init__(self) -> None:
        super().__init__(odata.GUID, f"a GUID such as {odata.SAMPLE_GUID}")

    def equal(self, desired: Any, current: Any) -> bool:
        return str(desired or "").lower() == str(current or "").lower()


class IpAddress(FieldType):
    """An address of IPv4 or IPv6."""

    def check(self, value: Any) -> None:
        try:
            if value:
                ipaddress.ip_address(value)
        except ValueError:
            raise ValueError(f"must be an IP address such as 192.0.2.1 or 2001:db8::1, not '{value}'") from None


# Texts in quotes, in which a quote may stand after a sign; a template of Entra's is (device.deviceOSType -eq "iPad").
QUOTED = re.compile(r"\"(?:[^\"`\\]|[`\\].)*\"|'(?:[^'`\\]|[`\\].)*'", re.DOTALL)
_PAIRS = {"(": ")", "[": "]"}
_LONGEST_RULE = 3072


class Rule(Text):
    """An expression, which Graph does not take blank, nor with what is not closed.

    https://learn.microsoft.com/entra/identity/users/groups-dynamic-membership
    https://learn.microsoft.com/intune/intune-service/fundamentals/filters
    """

    def check(self, value: Any) -> None:
        text = str(value)
        if not text.strip():
            raise ValueError("is blank, and Graph takes no rule without an expression")
        if len(text) > _LONGEST_RULE:
            raise ValueError(f"has {len(text)} characters, and Graph takes at most {_LONGEST_RULE}")
        if re.search("[\u201c\u201d\u201e\u2018\u2019]", QUOTED.sub("", text)):
            raise ValueError('has typographic quotes: write straight ones, as in (device.deviceOSType -eq "iPad")')
        unclosed = _unclosed(QUOTED.sub("", text))
        if unclosed:
            raise ValueError(f"has a {unclosed} without its counterpart")
        if re.search(r"\w\s*={1,2}\s", QUOTED.sub('""', text)):
            raise ValueError('compares with =: write -eq, as in (device.deviceOSType -eq "iPad")')


def _unclosed(rule: str) -> str:
    """Return a bracket or quote of a rule, without what is in quotes, that stands alone."""
    opened: list[str] = []
    for sign in rule:
        if sign in ("'", '"'):
            return sign
        if sign in _PAIRS:
            opened.append(sign)
        elif sign in _PAIRS.values() and (not opened or _PAIRS[opened.pop()] != sign):
            return sign
    return opened[-1] if opened else ""
