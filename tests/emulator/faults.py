# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults that a test asks for: rules matched against requests, each with an action.

A rule is ``{"match": {"method": "POST", "path": "regex"}, "skip": 0, "times": 2, "action": {...}}``. ``nth: 3`` stands
for the third match alone; ``method`` can be several, as in ``POST|PATCH``; ``probability`` with ``seed`` decides at
random but repeatably. ``path`` is searched in the decoded path and query, version included.

What an action may have:

===================== ====================================================================================
status                answer with it instead of carrying the request out; with code, message, headers, body;
                      ``{now+3}`` in a header is a date in three seconds
execute               with status: carry the request out all the same
echo                  with status: the message repeats the request's body and token
drop_after_read       carry out nothing and close the connection
drop_after_execute    carry out the request and close the connection without an answer
reset                 close by a reset of the connection, not in order
before, after         operations of ``seeding`` by somebody else, before or after the request is carried out; their
                      text may name groups of the path's expression: ``{id}``
twin                  another run sends the same request just before
revoke                every token so far is revoked first
without               carry out the request without this option of its query: ``$filter``
bare                  send this status without a body, and where the new object is
alter                 send the answer altered, in a way of ``altering.WAYS``; for a request in a batch too
mutate                send the answer altered at random; the value is the seed, to which each match adds one
link                  give a list the nextLink that ``altering.LINKS`` has under this name
batch                 alter the answers of a batch, in a way of ``altering.BATCHES``
text, content_type    send this text, or the answer as another media type
truncate              send half of the body and close
padding_mb            as many megabytes of white space in front of the body
bomb_mb               the same, compressed to a thousandth
slow_head, slow_body  seconds before each byte; they pass on the tenant's clock only, when that is held
delay_ms              wait before anything else; these are real milliseconds
hold                  wait until the rules are replaced or the tenant is reset
===================== ====================================================================================
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from .altering import BATCHES, LINKS, WAYS
from .messages import Request

_RULE_KEYS = {"match", "nth", "skip", "times", "probability", "seed", "action"}


@dataclass(frozen=True)
class Action:
    status: int | None = None
    code: str | None = None
    message: str = "An injected fault."
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    execute: bool = False
    echo: bool = False
    drop_after_read: bool = False
    drop_after_execute: bool = False
    reset: bool = False
    before: list[dict[str, Any]] = field(default_factory=list)
    after: list[dict[str, Any]] = field(default_factory=list)
    twin: bool = False
    revoke: bool = False
    without: str = ""
    bare: int = 0
    alter: str = ""
    mutate: int | None = None
    link: str = ""
    batch: str = ""
    text: str | None = None
    content_type: str = ""
    truncate: bool = False
    padding_mb: int = 0
    bomb_mb: int = 0
    slow_head: float = 0.0
    slow_body: float = 0.0
    delay_ms: int = 0
    hold: bool = False


_ACTION_KEYS = {item.name for item in fields(Action)}


class Rule:
    """One rule with its count of matches so far. Raises ValueError for a rule with an unknown word."""

    def __init__(self, data: dict[str, Any]) -> None:
        match, action = data.get("match", {}), data.get("action")
        unknown = (set(data) - _RULE_KEYS) | (set(match) - {"method", "path"}) | (set(action or {}) - _ACTION_KEYS)
        if unknown or not action:
            raise ValueError(f"A fault rule needs an action and must not have {sorted(unknown)}")
        for word, words in (("alter", WAYS), ("link", LINKS), ("batch", BATCHES)):
            if action.get(word, "") not in {"", *words}:
                raise ValueError(f"'{action[word]}' is none of the values of {word}: {sorted(words)}")
        self.methods = [name for name in str(match.get("method", "")).upper().split("|") if name]
        self.path = re.compile(match.get("path", ""))
        self.first, self.last = _span(data)
        self.random = random.Random(data.get("seed", 1))
        self.probability = float(data.get("probability", 1.0))
        self.action = Action(**action)
        self.count = 0

    def applies(self, request: Request) -> bool:
        if (self.methods and request.method not in self.methods) or not self.path.search(unquote(request.target)):
            return False
        self.count += 1
        if self.count < self.first or (self.last is not None and self.count > self.last):
            return False
        return self.probability >= 1 or self.random.random() < self.probability

    def operations(
        self, request: Request, operations: list[dict[str, Any]], answer: Any = None
    ) -> list[dict[str, Any]]:
        """Operations of somebody else, with what the path's expression found, and the id in the answer, filled in."""
        found = self.path.search(unquote(request.target))
        text = json.dumps(operations)
        answered = {"answered": answer["id"]} if isinstance(answer, dict) and "id" in answer else {}
        for name, value in {**(found.groupdict() if found else {}), **answered}.items():
            text = text.replace(f"{{{name}}}", str(value))
        filled: list[dict[str, Any]] = json.loads(text)
        return filled


def _span(data: dict[str, Any]) -> tuple[int, int | None]:
    """Return the first and the last of the matching requests that the rule acts on."""
    if "nth" in data:
        return int(data["nth"]), int(data["nth"])
    first = int(data.get("skip", 0)) + 1
    return first, first + int(data["times"]) - 1 if "times" in data else None


class Faults:
    def __init__(self, path: Path | None) -> None:
        self.rules: list[Rule] = []
        self.waiting = 0
        self._gate = asyncio.Event()
        self.initial = yaml.safe_load(path.read_text(encoding="utf-8")) if path else []
        self.replace(self.initial)

    def replace(self, rules: Any) -> None:
        """Other rules from now on; requests that are held go on."""
        if not isinstance(rules, list):
            raise ValueError("Faults are a list of rules")
        self.rules = [Rule(rule) for rule in rules]
        self._gate.set()
        self._gate = asyncio.Event()

    @property
    def have_applied(self) -> bool:
        """Whether a request met one of the rules."""
        return any(rule.count >= rule.first for rule in self.rules)

    async def held(self) -> None:
        self.waiting += 1
        try:
            await self._gate.wait()
        finally:
            self.waiting -= 1

    def rule(self, request: Request) -> Rule | None:
        """The first rule that applies; rules after it do not count this request."""
        return next((rule for rule in self.rules if rule.applies(request)), None)


def described(action: Action) -> str:
    return json.dumps({key: value for key, value in vars(action).items() if value not in ("", None, False, [], {}, 0)})
