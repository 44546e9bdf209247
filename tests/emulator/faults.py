# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults that a test asks for: rules matched against requests, each with an action.

A rule is ``{"match": {"method": "POST", "path": "regex"}, "skip": 0, "times": 2, "action": {...}}``. ``nth: 3`` stands
for the third match alone; ``probability`` with ``seed`` decides at random but repeatably. ``path`` is searched in the
decoded path and query, version included. An action has one or more of:

``status`` (with ``code``, ``message``, ``headers``, ``body``; ``execute: true`` carries the request out all the same),
``drop_after_read`` (executes nothing and closes), ``drop_after_execute`` (executes and closes without an answer),
``truncate`` (answers with half of the body and closes), ``delay_ms``.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from .messages import Request

_RULE_KEYS = {"match", "nth", "skip", "times", "probability", "seed", "action"}
_ACTION_KEYS = {
    "status",
    "code",
    "message",
    "headers",
    "body",
    "execute",
    "drop_after_read",
    "drop_after_execute",
    "truncate",
    "delay_ms",
}


@dataclass(frozen=True)
class Action:
    status: int | None = None
    code: str | None = None
    message: str = "An injected fault."
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    execute: bool = False
    drop_after_read: bool = False
    drop_after_execute: bool = False
    truncate: bool = False
    delay_ms: int = 0


class Rule:
    """One rule with its count of matches so far. Raises ValueError for a rule that says something unknown."""

    def __init__(self, data: dict[str, Any]) -> None:
        match, action = data.get("match", {}), data.get("action")
        unknown = (set(data) - _RULE_KEYS) | (set(match) - {"method", "path"}) | (set(action or {}) - _ACTION_KEYS)
        if unknown or not action:
            raise ValueError(f"A fault rule needs an action and must not have {sorted(unknown)}")
        self.method = str(match.get("method", "")).upper()
        self.path = re.compile(match.get("path", ""))
        self.first = int(data["nth"]) if "nth" in data else int(data.get("skip", 0)) + 1
        self.last = self.first if "nth" in data else self.first + int(data["times"]) - 1 if "times" in data else None
        self.random = random.Random(data.get("seed", 1))
        self.probability = float(data.get("probability", 1.0))
        self.action = Action(**action)
        self.count = 0

    def applies(self, request: Request) -> bool:
        if (self.method and self.method != request.method) or not self.path.search(unquote(request.target)):
            return False
        self.count += 1
        if self.count < self.first or (self.last is not None and self.count > self.last):
            return False
        return self.probability >= 1 or self.random.random() < self.probability


class Faults:
    def __init__(self, path: Path | None) -> None:
        self.rules: list[Rule] = []
        self.initial = yaml.safe_load(path.read_text(encoding="utf-8")) if path else []
        self.replace(self.initial)

    def replace(self, rules: Any) -> None:
        if not isinstance(rules, list):
            raise ValueError("Faults are a list of rules")
        self.rules = [Rule(rule) for rule in rules]

    def action(self, request: Request) -> Action | None:
        """The action of the first rule that applies; rules after it do not count this request."""
        for rule in self.rules:
            if rule.applies(request):
                return rule.action
        return None


def described(action: Action) -> str:
    return json.dumps({key: value for key, value in vars(action).items() if value})
