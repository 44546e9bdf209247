# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a test's plays returned the same in both ways: in Ansible's own process and as modules."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.integration.harness import Run, Task

SWITCH = "INTUNE_IN_PROCESS"
WAYS = ("in_process", "module")

# What differs from run to run in one way as well.
_ACCIDENTAL = [
    # Each test process makes its own.
    (re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----"), "(certificate)"),
    # Graph makes it of the group's id.
    (re.compile(r'(?<="mail_nickname": ")[0-9a-f]{8}-[0-9a-f](?=")'), "(nickname)"),
    (re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE), "(id)"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.\d]*(Z|\+00:00)?"), "(time)"),
    # Which devices were seen within a day changes by the minute.
    (re.compile(r'(?<="by_last_sync": )\{[^}]*\}'), "{}"),
    (re.compile(r"/[^\s\"']*(pytest-of|/emulator)-[^\s\"'\\]*"), "(path)"),
    (re.compile(r"_tmp_pytest-of-[\w-]+?_evaluated"), "(path)"),
    (re.compile(r"Given up after \d+ tries in \d+ s; the next would come after \d+ s more"), "(given up)"),
    (re.compile(r"(localhost|127\.0\.0\.1):\d+"), "(server)"),
    (re.compile("|".join(WAYS)), "(way)"),
]


class Comparison:
    """Keeps what each test returned in the way that came first; tests may run in several processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "ways"
        self.folder.mkdir(exist_ok=True)

    def add(self, test: str, way: str, runs: Sequence[Run]) -> None:
        common = hashlib.sha256(test.replace(way, "").encode()).hexdigest()
        own = [returned(run) for run in runs]
        path = self.folder / f"{common}.{way}"
        partial = path.with_suffix(f".{way}.partial")
        partial.write_text(json.dumps(own), encoding="utf-8")
        partial.rename(path)
        (other,) = (self.folder / f"{common}.{name}" for name in WAYS if name != way)
        if other.exists():
            found = list(differences(own, json.loads(other.read_text(encoding="utf-8"))))
            assert not found, "the ways differ:\n" + "\n".join(found)


def returned(run: Run) -> list[Any]:
    """What the collection's modules returned, with names instead of what changes each time."""
    text = json.dumps([run.rc, [[task.name, task.status, task.result] for task in run.tasks if _is_ours(task)]])
    for pattern, name in _ACCIDENTAL:
        text = pattern.sub(name, text)
    return list(_ordered(json.loads(text)))


def _is_ours(task: Task) -> bool:
    arguments = task.result.get("invocation", {}).get("module_args")
    return arguments is None or "tenant_id" in arguments


def _ordered(value: Any) -> Any:
    """Lists that are in the order of made-up ids come in one order."""
    if isinstance(value, dict):
        return {key: _ordered(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted(map(_ordered, value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


def differences(one: Any, other: Any, place: str = "") -> Iterator[str]:
    """Yield where two results differ, and in what."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from differences(one.get(key), other.get(key), f"{place}/{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, items in enumerate(zip(one, other, strict=True)):
            yield from differences(*items, f"{place}/{number}")
    elif one != other:
        yield f"{place}: {one!r} and {other!r}"
