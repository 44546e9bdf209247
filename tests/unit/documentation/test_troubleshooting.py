# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide about troubleshooting has an entry for each class of error, by words of its message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._engine import document
from ansible_collections.mobilesec.intune.plugins.module_utils._engine import errors as engine
from ansible_collections.mobilesec.intune.plugins.module_utils._graph import errors as graph
from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth import login_advice
from ansible_collections.mobilesec.intune.plugins.module_utils._harmony import errors as harmony

ROOT = Path(__file__).parents[3]
GUIDE = " ".join((ROOT / "docs/docsite/rst/guide_troubleshooting.rst").read_text(encoding="utf-8").split())
# Class -> words of the guide.
WORDS = {
    "AmbiguousName": "More than one",
    "AuthenticationError": "Microsoft Entra refused the login of",
    "BadAnswer": "Is a proxy or login page in between?",
    "BadRequest": "HTTP 400",
    "Conflict": "HTTP 409",
    "ConfigurationError": "No credential is declared",
    "ConnectionFailed": "got no answer",
    "CreateOnlyChange": "Graph does not let these be changed afterwards",
    "DeletedMeanwhile": "was deleted during the task",
    "Forbidden": "HTTP 403",
    "GraphError": "failed at",
    "HarmonyError": "Harmony Mobile counts",
    "InvalidOptions": "This task wrote nothing.",
    "InvalidValues": "This task wrote nothing.",
    "LostAnswer": "Nobody knows whether",
    "NotFound": "HTTP 404",
    "ObjectNotFound": "does not exist. To create it",
    "OutOfTime": "its requests took more than",
    "Skipped": "Skipped, because it depends on",
    "SomeFailed": "objects failed",
    "Throttled": "HTTP 429",
    "TooManyPages": "option max_pages",
    "Unauthorized": "HTTP 401",
    "Unexpected": "Please report it.",
    "Unfinished": "cannot be read yet. Run again to go on.",
    "UnresolvedNames": "Not found:",
    "UntrustedHost": "the access token is not sent there",
}


def all_of(kind: type[graph.IntuneError]) -> Iterator[str]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("ansible_collections."):
            yield each.__name__
        yield from all_of(each)


def test_every_class_of_error_has_an_entry() -> None:
    assert all(
        issubclass(each, graph.IntuneError) for each in (engine.SomeFailed, document.Skipped, harmony.HarmonyError)
    )
    assert set(all_of(graph.IntuneError)) == set(WORDS)


@pytest.mark.parametrize("name", WORDS)
def test_the_entry_has_words_of_the_message(name: str) -> None:
    assert WORDS[name] in GUIDE
    if not WORDS[name].startswith("HTTP"):
        sources = (path.read_text(encoding="utf-8") for path in (ROOT / "plugins/module_utils").rglob("*.py"))
        assert any(WORDS[name] in re.sub(r'"\s+f?"', "", text) for text in sources)


def test_the_codes_of_entra_have_an_advice_in_the_message_too() -> None:
    codes = [int(word.strip("`:").removeprefix("AADSTS")) for word in GUIDE.split() if word.startswith("``AADSTS")]
    assert codes
    assert set(codes) <= set(login_advice.ADVICE)
