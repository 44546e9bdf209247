# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an address of Graph names: its host, and the object or list at its path."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

_KEY = re.compile(r"\('?([^()']*)'?\)")


def host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "(no host)")[:100]
    except ValueError:
        return "(no host)"


def origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an https URL; None for anything else, and for a URL with a user name in it."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        return None
    if parts.scheme.lower() != "https" or not parts.hostname or "@" in parts.netloc or "\\" in url:
        return None
    return "https", parts.hostname.lower(), port


def is_same(url: str, other: str) -> bool:
    """Whether two URLs are of one object or list, however Graph writes it: groups('1')/members is groups/1/members.

    It may be behind another prefix or version, and a user who was asked for by name may be shown by id.
    """
    ours, theirs = segments(url), segments(other)
    return len(ours) == len(theirs) and all(one == two or "@" in one for one, two in zip(ours, theirs))


def segments(url: str) -> list[str]:
    path = _KEY.sub(r"/\1", unquote(urlsplit(url).path)).lower().strip("/").split("/")
    start = next((place for place, name in enumerate(path) if name in ("beta", "v1.0")), -1)
    return path[start + 1 :]
