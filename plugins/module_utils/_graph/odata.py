# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OData literals and the percent-encoding of what goes into a URL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_GUID = re.compile(GUID)
SAMPLE_GUID = "3f8a3b52-6b36-4f5c-9b0a-0d8d1d3e6f11"


def literal(value: str) -> str:
    """A string literal for $filter: in single quotes, those inside doubled. Not yet percent-encoded."""
    return "'" + value.replace("'", "''") + "'"


def segment(value: str) -> str:
    """One path segment, percent-encoded so that no character can end it."""
    return quote(value, safe="")


def query(params: Mapping[str, str]) -> str:
    """A query string without its '?'. Spaces become %20: '+' is not a space in RFC 3986 [graph facts: requests]."""
    return "&".join(f"{quote(name, safe='$@')}={quote(str(value), safe='')}" for name, value in params.items())


def is_guid(value: object) -> bool:
    """True for the text of a GUID in its usual form, in either case and without braces."""
    return isinstance(value, str) and _GUID.fullmatch(value) is not None


def url(path: str, params: Mapping[str, str]) -> str:
    """Return a URL as a $batch item takes it: relative to the version, with a slash."""
    return f"/{path}?{query(params)}" if params else f"/{path}"
