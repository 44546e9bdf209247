# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report says what was read, in words, to everybody who opens it, and nothing that was read becomes markup."""

from __future__ import annotations

import html
import itertools
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mobilesec.intune.plugins.filter import harmony_report
from ansible_collections.mobilesec.intune.plugins.module_utils._devices.fields import COMPLIANCE_STATES, THREAT_STATES
from ansible_collections.mobilesec.intune.plugins.module_utils._harmony import fields as harmony
from ansible_collections.mobilesec.intune.plugins.module_utils._harmony.coverage import CATEGORIES
from ansible_collections.mobilesec.intune.plugins.plugin_utils._onboarding.variables import OBJECTS, STEPS
from ansible_collections.mobilesec.intune.plugins.plugin_utils._report.model import (
    ACTIONS,
    ROWS,
    STATES,
    model,
)
from tests.unit.plugins.filter.report_data import EVIL, READ, SECRET, WORDS, Json, affected, past, read, report
from tests.unit.plugins.module_utils.graph.paths import python_path

NOW = "2026-11-30T11:00:00Z"
FORBIDDEN = {"msg": "Refused.", "graph_error": {"status": 403}}
VOID = {"meta"}


class Page(HTMLParser):
    """Elements with their attributes, and the text of each that has one of the tags in READ_TAGS."""

    READ_TAGS = ("h1", "h2", "h3", "h4", "td", "th", "p", "dt", "dd", "title", "desc")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self._reading: list[list[str]] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)
        if tag in self.READ_TAGS:
            self._reading.append([])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag in self.READ_TAGS:
            self.texts.append((tag, plain("".join(self._reading.pop()))))

    def handle_data(self, data: str) -> None:
        for texts in self._reading:
            texts.append(data)

    def of(self, *tags: str) -> list[str]:
        return [text for tag, text in self.texts if tag in tags]

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def plain(text: str) -> str:
    return " ".join(text.split())


def unmarked(markdown: str) -> str:
    """The text of Markdown without its signs."""
    return plain(html.unescape(re.sub(r"\\([\\|*_`\[\]~])", r"\1", markdown)))


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return dict(report(history=past(60, 70, 80))["files"])


@pytest.fixture(scope="module")
def page(files: dict[str, str]) -> Page:
    return Page(files["html"])


def built(*path: str, to: Any = None) -> Json:
    return model(read(*path, to=to), None, NOW)


def codes(found: Json) -> list[str]:
    return [action["code"] for action in found["actions"]]


# -- the model ---------------------------------------------------------------------------------------------------


def test_each_object_has_its_state_its_owner_and_what_differs() -> None:
    found = {
        item["name"]: (item["state"], item["owner"], item["fields"])
        for step in built()["steps"]
        for item in step["objects"]
    }
    assert found == {
        "Harmony Mobile iOS": ("unread", None, []),
        f"Android {EVIL}": ("in_place", "others", []),
        "Protect (iOS)": ("drifted", "own", ["assignments", "publisher"]),
        "Protect (Android)": ("missing", None, []),
        "Check Point Harmony Mobile": ("in_place", "partner", []),
    }
    assert {step["step"]: step["state"] for step in built()["steps"]} == {
        "groups": "in_place",
        "filters": "nothing",
        "certificate": "off",
        "vpn": "off",
        "apps": "missing",
        "app_config": "unread",
        "connector": "in_place",
        "compliance": "off",
        **dict.fromkeys(("companion_apps", "notification", "app_protection", "conditional_access"), "off"),
    }
    assert {*OBJECTS, "device_facts"} == set(STEPS)


def test_a_diff_that_ansible_got_as_text_is_read() -> None:
    item = {**READ["onboarding"]["apps"]["results"][0], "diff": {"before": '{"name": "ü"}', "after": '{"name": "u"}'}}
    assert built("onboarding", "apps", to={"results": [item]})["steps"][4]["objects"][0]["fields"] == ["name"]


def test_a_task_that_fails_before_its_loop_is_unread() -> None:
    steps = built("onboarding", "groups", to={"failed": True, "msg": "No plan."})["steps"]
    assert (steps[0]["state"], steps[0]["objects"][0]["message"]) == ("unread", "No plan.")


def test_actions_are_in_order_the_urgent_ones_first() -> None:
    found = codes(built())
    assert found == [
        "unread",
        "preflight",
        "missing",
        "connector_off",
        "threats",
        "drift",
        "not_activated",
        "silent",
        "no_device",
        "consequence",
        "risk_differs",
        "missing_permissions",
        "missing_permissions",
        "excess_permissions",
        "excess_permissions",
        "harmony_only",
    ]
    urgencies = [["now", "soon", "later"].index(action["urgency"]) for action in built()["actions"]]
    assert urgencies == sorted(urgencies)


@pytest.mark.parametrize(
    ("connector", "expected"),
    [
        (FORBIDDEN, "forbidden"),
        ({"msg": "Down."}, "unread"),
        ({"details": {}}, "connector_missing"),
        ({"details": {"c": {"partner_state": "unavailable", "healthy": False}}}, "connector_setup"),
        ({"details": {"c": {"partner_state": "enabled", "healthy": False}}}, "connector_silent"),
    ],
)
def test_each_state_of_the_connector_has_its_action(connector: Json, expected: str) -> None:
    found = codes(built("connector", to=connector))
    assert expected in found
    assert not {"connector_missing", "connector_setup", "connector_silent"} - {expected} & set(found)


@pytest.mark.parametrize("name", ["apps", "compliance", "protection", "access", "fleet", "coverage"])
def test_what_could_not_be_read_is_said_and_judged_no_further(name: str) -> None:
    found = built(name, to=FORBIDDEN)
    assert [action["values"]["what"] for action in found["actions"] if action["code"] == "forbidden"] == [name]
    assert found["unread"] == [name]
    assert WORDS["permissions"][name] in report(read(name, to=FORBIDDEN))["files"]["html"]


def test_objects_that_may_not_be_read_are_one_action() -> None:
    results = [{"item": name, "failed": True, **FORBIDDEN} for name in ("one", "two")]
    found = built("onboarding", "app_configs", to={"results": results})
    assert [action["values"] for action in found["actions"] if "forbidden" in action["code"]] == [{"names": "one, two"}]
    assert "unread" not in codes(found)


def test_harmony_knows_protection_better_than_intune() -> None:
    assert built()["protection"] == {"protected": 106, "total": 120, "percent": 88.3, "source": "harmony"}
    found = built("coverage", to={"skipped": True})
    assert found["protection"] == {"protected": 112, "total": 120, "percent": 93.3, "source": "intune"}
    assert "no_harmony" in codes(found)
    assert [chart["code"] for chart in found["charts"]] == ["platform", "compliance", "threat", "last_sync"]


def test_the_trend_has_the_readable_runs_in_order_and_this_one() -> None:
    history = [*reversed(past(60, 70)), "no JSON", '"text"', '{"at": "2026"}']
    trend = model(read(), history, NOW)["trend"]
    assert [point["share_intune"] for point in trend["points"]] == [60.0, 70.0, 93.3]
    assert (trend["unreadable"], trend["is_kept"]) == (3, True)
    assert not built()["trend"]["is_kept"]
    again = json.loads(report(history=history)["files"]["json"])
    assert model(read(), [json.dumps(again)], NOW)["trend"]["unreadable"] == 0


def test_what_works_and_needs_action_now_does_not_count_as_good() -> None:
    assert "threats" in codes(built())
    assert built()["verdict"] == "working_in_part"
    assert built("health", "verdict", to="not working")["verdict"] == "not_working"


def test_nothing_read_is_no_error() -> None:
    result = report({})
    assert result["verdict"] == "cannot_tell"
    assert result["in_place"] == [0, 0]
    Page(result["files"]["html"])


# -- the words ---------------------------------------------------------------------------------------------------


def test_every_code_has_words() -> None:
    expected = {
        "actions": set(ACTIONS),
        "states": set(STATES),
        "steps": set(OBJECTS),
        "charts": {*ROWS, "trend"},
        "verdicts": {"working", "working_in_part", "not_working", "cannot_tell"},
        "urgencies": set(ACTIONS.values()),
        "owners": {"own", "others", "partner", "tagged", "unrecorded"},
        "lists": {*CATEGORIES, "threats", "risk_differs", "no_device"} - {"protected"},
    }
    assert {name: set(WORDS[name]) for name in expected} == expected
    for code, rows in ROWS.items():
        assert set(rows) <= set(WORDS["charts"][code])


def test_the_order_of_the_rows_has_all_values() -> None:
    assert set(ROWS["compliance"]) == set(COMPLIANCE_STATES.choices)
    assert set(ROWS["threat"]) == set(THREAT_STATES.choices)
    assert set(ROWS["risk"]) == {*harmony.RISKS.values(), harmony.UNKNOWN}
    assert set(ROWS["activation"]) == {name for name in CATEGORIES if not name.startswith("harmony")}


# -- the page ----------------------------------------------------------------------------------------------------


def test_headings_are_in_order(page: Page) -> None:
    levels = [int(tag[1]) for tag, _attributes in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_tables_charts_and_links_are_usable_without_eyes(page: Page) -> None:
    assert all(cell.get("scope") for cell in page.all("th"))
    ids = [attributes["id"] for _tag, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    references = [attributes.get("aria-labelledby", "") for _tag, attributes in page.elements]
    assert set(" ".join(references).split()) <= set(ids)
    assert {link["href"].removeprefix("#") for link in page.all("a")} <= set(ids)
    images = page.all("svg")
    assert len(images) == len(ROWS) + 1
    assert all(image["role"] == "img" and image["aria-labelledby"] for image in images)
    assert len(page.of("desc")) == len(images)
    assert "Compliant: 101 (84 %)" in " ".join(page.of("desc"))
    # Beside each chart, its figures.
    assert len(page.all("figure")) == len(images)
    assert ["Compliant", "101", "84.2 %"] in [page.of("td", "th")[place : place + 3] for place in range(400)]


def test_the_page_loads_nothing_and_runs_nothing(page: Page, files: dict[str, str]) -> None:
    assert page.all("script") == page.all("link") == page.all("img") == page.all("iframe") == []
    attributes = {name for _tag, found in page.elements for name in found}
    assert not [name for name in attributes if name.startswith("on") or name in ("src", "xlink:href")]
    assert set(re.findall(r"https?://[^\"'<\s]+", files["html"])) == {"http://www.w3.org/2000/svg"}
    assert "url(" not in files["html"]
    assert "@import" not in files["html"]


def test_names_and_messages_stay_text(page: Page, files: dict[str, str]) -> None:
    assert page.of("td").count(f"Android {EVIL}") == 1
    assert page.of("th").count(EVIL) == 2 + 1
    assert any(text.startswith("HTTP 500.") and EVIL in text for text in page.of("td"))
    assert "<script" not in files["html"] + files["md"]
    rows = re.findall(r"^\|.*\|$", files["md"], re.MULTILINE)
    columns = [len(re.findall(r"(?<!\\)\|", row)) for row in rows]
    starts = [place for place, row in enumerate(rows) if set(row) <= set("|- ")]
    assert len(starts) > 10
    for start, end in itertools.pairwise([*starts, len(rows) + 1]):
        assert set(columns[start - 1 : end - 1]) == {columns[start]}, rows[start - 1]


@settings(max_examples=15)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=40))
def test_any_name_of_a_device_stays_text(name: str) -> None:
    found = read("affected", to=affected(name))
    files = report(found)["files"]
    assert plain(name) in Page(files["html"]).of("th")
    assert "<script" not in files["html"] + files["md"]


def test_half_of_a_surrogate_pair_can_be_written() -> None:
    found = read("affected", to=affected("a\ud800b"))
    assert "a\\ud800b" in report(found)["files"]["html"].encode("utf-8").decode()


def test_markdown_has_what_the_page_has(page: Page, files: dict[str, str]) -> None:
    text = unmarked(files["md"])
    headings = [unmarked(line.lstrip("# ")) for line in files["md"].splitlines() if line.startswith("#")]
    actions = re.findall(r"^\d+\. \*\*(.*)\*\*", files["md"], re.MULTILINE)
    assert headings == [line for line in page.of("h1", "h2", "h3") if line not in actions]
    assert [line for line in page.of("td", "th", "h1", "h2", "h3") if line not in text] == []
    assert [line for line in page.of("dd") if line and line.strip(" %") not in text and "/" not in line] == []


def test_values_of_a_diff_are_nowhere(files: dict[str, str]) -> None:
    assert SECRET not in "".join(files.values())


def test_a_list_that_is_cut_says_how_many_are_missing(page: Page) -> None:
    assert "With a threat right now: 5" in page.of("h3")
    assert page.of("p").count("and 2 more") == 1


def test_thousands_of_findings_make_a_page_of_the_same_length() -> None:
    few, many = (
        report(read("affected", to=affected(*(f"phone {each:04}" for each in range(number)))))["files"]
        for number in (100, 5000)
    )
    assert "With a threat right now: 5000" in Page(many["html"]).of("h3")
    for name, text in few.items():
        assert abs(len(many[name]) - len(text)) < 200, name


def test_the_page_says_when_harmony_was_not_asked_and_when_it_failed() -> None:
    for coverage, words in (({"skipped": True}, "without"), ({"msg": "Harmony Mobile failed at"}, "failed")):
        texts = report(read("coverage", to=coverage))["files"]
        assert plain(WORDS["harmony"][words]) in Page(texts["html"]).of("p")
        assert plain(WORDS["harmony"][words]) in plain(texts["md"])


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygal", None)
    with pytest.raises(AnsibleFilterError, match=r"Failed to import the required Python library \(pygal\)"):
        report()


def test_the_library_of_the_charts_is_loaded_only_to_draw() -> None:
    """Each task that uses any filter loads all of them."""
    script = f"import {harmony_report.__name__}, sys; sys.exit('pygal' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": python_path()}, check=True)
