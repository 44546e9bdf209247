# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A request to Graph: what is sent, and what is remembered of it until its answer can be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Flaw = Callable[[object], str]  # returns what is wrong with the body of an answer


def nothing_wrong(body: object) -> str:
    return ""


@dataclass
class Call:
    method: str
    url: str
    path: str  # without the version, for messages
    json: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True
    flaw: Flaw = nothing_wrong
    seen: set[str] = field(default_factory=set)  # the pages of its list so far
    client_request_id: str = ""  # with which it was sent last, and the token
    token: str = ""
    maybe_done: bool = False  # an earlier attempt came to an unknown outcome
