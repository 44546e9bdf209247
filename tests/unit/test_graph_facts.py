# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comments cite facts by headings of docs/graph_facts.md and docs/harmony_facts.md; each names a public source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CITED_FOLDERS = ("plugins", "roles", "playbooks", "tests")
# "graph: paging" -> text
SECTIONS = {
    f"{service}: {part.partition(chr(10))[0].strip()}": part
    for service in ("graph", "harmony")
    for part in re.split(r"^## ", (ROOT / f"docs/{service}_facts.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[
        1:
    ]
}
CITATION = re.compile(r"\[(graph|harmony) facts: ([^\]]+)\]")
FOREIGN = re.compile(r"\[(?:graph contract|graph docs|protocol)\b[^\]]*\]")


def cited_texts() -> list[tuple[Path, str]]:
    files = (path for folder in CITED_FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".yml"))
    return [(path, path.read_text(encoding="utf-8")) for path in files if path != Path(__file__)]


def test_every_citation_has_a_heading() -> None:
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path, text in cited_texts()
        for service, names in CITATION.findall(re.sub(r"\s*\n\s*#?\s*", " ", text))
        for name in ([names] if service == "graph" else names.split(", "))
        if f"{service}: {name}" not in SECTIONS
    }
    assert not missing


def test_no_comment_cites_a_document_that_is_not_in_the_repository() -> None:
    assert not [str(path.relative_to(ROOT)) for path, text in cited_texts() if FOREIGN.search(text)]


@pytest.mark.parametrize("name", SECTIONS)
def test_every_fact_names_a_public_source(name: str) -> None:
    assert re.search(r"^Sources?: <https://", SECTIONS[name], flags=re.MULTILINE)


def test_every_test_that_takes_a_habit_of_graph_away_exists() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", SECTIONS["graph: What the code relies on"]))
    assert {name for name in named if f"def {name}(" not in tests} == set()
