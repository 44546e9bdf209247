# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One word for one thing: words that have a replacement are in no code, documentation, message or test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("plugins", "roles", "playbooks", "docs", "tests")
SUFFIXES = (".py", ".yml", ".md", ".rst", ".j2", ".json")
# Generated data, figures and reports, and this file.
LEFT_OUT = ("docs/bench", "docs/fault_matrix.md", "tests/emulator/contract", "tests/unit/test_vocabulary.py")

# One letter in brackets keeps a search for these words from finding this file.
REPLACED = {
    r"\b[l]anes?\b": "in process, as a module",
    r"\bfor [k]nown in\b|\bwanted_type\b": "field, declared_type",
    r"\bclass [K]ind\b": "FieldType",
    r"\b(?:bears?|bearing|borne)\b": "is tagged, have the same name",
    r"\bownership marks?\b|\b(?:has|have|with|without) (?:the|its|our|a) marks?\b": "ownership tag",
    r"\b(?:that|which) (?:is|are|was|were) (?:already )?there\b": "existing, exists",
    r"\btold\b": "reported, shows",
    r"\btells? (?:\w+ )?apart\b": "identifies",
    r"\b(?:is|are) meant\b": "matches",
    r"\bput out of [f]orce\b": "overridden by",
    r"\b(?:cannot|can|is to|are to) be had\b": "is available",
    r"\bfor good\b": "permanently",
}


def checked() -> Iterator[tuple[str, str]]:
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in SUFFIXES]
    for path in [*paths, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]:
        name = path.relative_to(ROOT).as_posix()
        if path.is_file() and not name.startswith(LEFT_OUT):
            yield name, path.read_text(encoding="utf-8")


@pytest.mark.parametrize("words", REPLACED)
def test_a_replaced_word_is_nowhere(words: str) -> None:
    pattern = re.compile(words)
    found = [
        f"{name}:{number}: {line.strip()}"
        for name, text in checked()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, f"use instead: {REPLACED[words]}"


@pytest.mark.parametrize(
    "text", ["that bears the name", "an app that was there", "cannot be had", "was told", "is meant"]
)
def test_the_patterns_match(text: str) -> None:
    assert any(re.search(words, text) for words in REPLACED)
