# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever an answer to a read looks like, a task ends with a result or one foreseen error, and writes nothing more.

The emulated tenant answers; on the way, one answer of a task is mutated, once or each time it comes. FUZZ_MUTATIONS is
the number of mutations (with FUZZ_SEED as the start), for a longer run than that of `make test`.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial, partialmethod
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._graph import retry, transport
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import BadAnswer, IntuneError, Unexpected
from tests.emulator.client import Emulator
from tests.emulator.settings import DEFAULT_PERMISSIONS, OPT_IN_PERMISSIONS
from tests.integration.harness import writes
from tests.unit.plugins.module_utils.graph.server import FakeTime
from tests.unit.plugins.modules.in_process import Tenant

Json = dict[str, Any]
MUTATIONS = int(os.environ.get("FUZZ_MUTATIONS", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
OUR_GROUP, THEIR_GROUP = "Fuzz ours", "Fuzz theirs"
ASSIGNED = [{"group": OUR_GROUP}]
PRESENT: list[tuple[str, Json]] = [
    ("intune_group", {"name": THEIR_GROUP}),
    ("intune_group", {"name": OUR_GROUP, "description": "ours", "members": [THEIR_GROUP]}),
    (
        "intune_app",
        {
            "name": "Fuzz app",
            "type": "ios_store_app",
            "app_store_url": "https://apps.apple.com/us/app/x/id1",
            "bundle_id": "com.example.fuzz",
            "publisher": "P",
            "minimum_supported_operating_system": "15.0",
            "created_by": "fuzz",
            "assignments": [{"group": OUR_GROUP, "intent": "required", "filter": "Corporate iOS"}],
        },
    ),
    (
        "intune_app_config",
        {
            "name": "Fuzz configuration",
            "target_apps": ["Fuzz app"],
            "ios": {"settings": [{"key": "a", "value": "1"}, {"key": "b", "type": "integer", "value": "2"}]},
            "assignments": ASSIGNED,
        },
    ),
    (
        "intune_app",
        {
            "name": "Fuzz purchase",
            "use": "auto",
            "publisher": "x",
            "app_store_url": "https://apps.apple.com/us/app/x/id7",
            "assignments": ASSIGNED,
        },
    ),
    (
        "intune_compliance_policy",
        {
            "name": "Fuzz policy",
            "ios": {"passcode_required": True, "restricted_apps": [{"name": "a", "app_id": "com.example.a"}]},
            "scheduled_actions_for_rule": [{"action_type": "block", "grace_period_days": 1}],
            "assignments": ASSIGNED,
        },
    ),
    (
        "intune_vpn_profile",
        {
            "name": "Fuzz VPN",
            "ios": {
                "connection_name": "Example",
                "connection_type": "custom_vpn",
                "identifier": "com.example.vpn",
                "server": {"address": "vpn.example.com"},
                "authentication_method": "username_and_password",
                "custom_data": {"a": "1"},
            },
            "assignments": ASSIGNED,
        },
    ),
    (
        "intune_assignment_filter",
        {"name": "Fuzz filter", "platform": "ios", "rule": '(device.deviceOwnership -eq "Corporate")'},
    ),
    (
        "intune_app_protection_policy",
        {
            "name": "Fuzz protection",
            "android": {"apps": [{"package_id": "com.example.a"}], "maximum_allowed_device_threat_level": "low"},
            "assignments": ASSIGNED,
        },
    ),
    (
        "intune_conditional_access_policy",
        {
            "name": "Fuzz access",
            "conditions": {"users": {"include_users": ["All"]}, "applications": {"include_applications": ["All"]}},
            "grant_controls": {"built_in_controls": ["compliant_device"]},
        },
    ),
    (
        "intune_custom_profile",
        {
            "name": "Fuzz custom",
            "android": {"oma_settings": [{"oma_uri": "./a", "type": "boolean", "value": True}]},
            "assignments": ASSIGNED,
        },
    ),
    (
        "intune_notification_template",
        {
            "name": "Fuzz template",
            "localized_notification_messages": [
                {"locale": "en-us", "subject": "S", "message_template": "M", "is_default": True}
            ],
        },
    ),
]
INFO: list[tuple[str, Json]] = [
    ("intune_group_info", {"name": OUR_GROUP}),
    ("intune_app_info", {"name": "Fuzz app"}),
    ("intune_app_info", {}),
    ("intune_app_config_info", {}),
    ("intune_app_protection_policy_info", {}),
    ("intune_compliance_policy_info", {}),
    ("intune_conditional_access_policy_info", {}),
    ("intune_custom_profile_info", {}),
    ("intune_vpn_profile_info", {}),
    ("intune_certificate_profile_info", {}),
    ("intune_assignment_filter_info", {}),
    ("intune_mtd_connector_info", {}),
    ("intune_notification_template_info", {}),
    ("intune_tenant_info", {}),
    ("intune_enrollment_info", {}),
    ("intune_permission_info", {"app_id": "8de1ab65-7a4b-4dc0-9aaa-6c9fbd3a5e2b"}),
]
GUARDED: list[tuple[str, Json]] = [
    ("intune_app", {"name": "Fuzz app", "created_by": "somebody else", "state": "absent"}),
    ("intune_group", {"name": "Fuzz missing", "state": "absent"}),
]


# -- mutations ---------------------------------------------------------------------------------------------------


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield from _places(item, (*path, key))


def _of_another_type(chance: random.Random, value: Any) -> Any:
    others: list[Any] = [7, 2.5, True, "odd", [], {}, [None], ["x"], [[]], {"x": 1}, [{}]]
    return chance.choice([other for other in others if type(other) is not type(value)])


def _replace(body: Any, path: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    if not path:
        return change(body)
    holder = body
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = change(holder[path[-1]])
    return body


def _odd_part(chance: random.Random, content: bytes) -> bytes:
    """A part of the answer has another type, or is null where only an object or a list can be: as a whole, as the body
    of a part of a $batch, and as an item. A property that is null is none, and may be written."""
    body = json.loads(content)
    path = chance.choice(list(_places(body)))
    is_never_null = not path or path[-1] in ("value", "body", "responses", 0)

    def change(value: Any) -> Any:
        return None if is_never_null and chance.random() < 0.5 else _of_another_type(chance, value)

    return json.dumps(_replace(body, path, change)).encode()


def _null_item(chance: random.Random, content: bytes) -> bytes:
    body = json.loads(content)
    lists = [place for place in _places(body) if isinstance(_at(body, place), list)]
    return json.dumps(_replace(body, chance.choice(lists), lambda value: [*value, None]) if lists else None).encode()


def _at(body: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        body = body[key]
    return body


def _without_id(chance: random.Random, content: bytes) -> bytes:
    body = json.loads(content)
    holders = [place for place in _places(body) if isinstance(_at(body, place), dict) and "id" in _at(body, place)]
    if holders:
        del _at(body, chance.choice(holders))["id"]
    return json.dumps(body if holders else None).encode()


def _odd_text(chance: random.Random, content: bytes) -> bytes:
    """A text is another one, which no shape tells."""
    body = json.loads(content)
    texts = [place for place in _places(body) if place and isinstance(_at(body, place), str)]
    odd = chance.choice(
        ("", "odd", "AAA", "ä\x00", "9999-99-99T99:99:99Z", "-1", "{}", "[[", "<a", "x" * 5000, "@", "'")
    )
    return json.dumps(_replace(body, chance.choice(texts), lambda value: odd) if texts else None).encode()


def _whole(*contents: bytes) -> Callable[[random.Random, bytes], bytes]:
    return lambda chance, content: chance.choice(contents)


def _duplicate_name(chance: random.Random, content: bytes) -> bytes:
    return content.replace(b"{", b'{"id": "x", "id": "y", ', 1)


def _deep(chance: random.Random, content: bytes) -> bytes:
    depth = chance.choice((150, 900, 5000, 200_000))
    return b'{"id": "x", "value": ' + b"[" * depth + b"]" * depth + b"}"


def _odd_number(chance: random.Random, content: bytes) -> bytes:
    number = chance.choice((b"NaN", b"-Infinity", b"1e999", b"9" * 5000, b"9" * 400))
    return content.replace(b"{", b'{"odd": ' + number + b", ", 1)


MUTATORS: list[Callable[[random.Random, bytes], bytes]] = [
    *[_odd_part] * 12,
    *[_odd_text] * 4,
    _null_item,
    _null_item,
    _without_id,
    _without_id,
    _duplicate_name,
    _deep,
    _odd_number,
    _whole(
        b"", b"null", b"[]", b"7", b'"text"', b"{}", b"true", b'{"value": null}', b'{"value": {}}', b'{"value": [[]]}'
    ),
    _whole(b"<html>Please log in</html>", b"\xff\xfe{\x00}\x00", '{"id": "ö"}'.encode("latin-1"), b'{"id": "\\ud800"}'),
    lambda chance, content: content[: chance.randrange(len(content) or 1)],
]


class Line:
    """Stands between the session and the emulated tenant, and mutates one answer to a read."""

    def __init__(self, send: Callable[..., Any]) -> None:
        self.send = send
        self.reads = 0
        self.mutate: Callable[[bytes], bytes] | None = None
        self.place = 0
        self.target: str | None = None
        self.is_lasting = False

    def prepare(self, mutate: Callable[[bytes], bytes] | None, place: int = 0, is_lasting: bool = False) -> None:
        self.reads, self.mutate, self.place, self.is_lasting, self.target = 0, mutate, place, is_lasting, None

    def __call__(self, http: Any, method: str, url: str, headers: Any, body: bytes | None, token: Any) -> Any:
        status, names, content = self.send(http, method, url, headers, body, token)
        if not self._is_read(method, url, body):
            return status, names, content
        key = f"{url} {body!r}"
        self.reads += 1
        if self.mutate and (self.reads == self.place + 1 or (self.is_lasting and key == self.target)):
            self.target = key
            content = self.mutate(content)
        return status, names, content

    @staticmethod
    def _is_read(method: str, url: str, body: bytes | None) -> bool:
        if url.endswith("/$batch"):
            return all(item["method"] == "GET" for item in json.loads(body or b"{}")["requests"])
        return method == "GET" and ("/beta/" in url or "/v1.0/" in url)  # a login is none


# -- tests -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tenant() -> Iterator[Tenant]:
    with Emulator(devices=2, users=3) as emulator:
        emulator.settings(eventual=0, publishing=0, permissions=[*DEFAULT_PERMISSIONS, *OPT_IN_PERMISSIONS])
        found = Tenant(emulator)
        for module, options in PRESENT:
            found.run(module, **options)
        yield found


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch, tenant: Tenant) -> Line:
    clock = FakeTime()
    monkeypatch.setattr("time.sleep", clock.sleep)
    monkeypatch.setattr("time.monotonic", clock.clock)
    init = retry.RetryPolicy.__init__
    monkeypatch.setattr(
        retry.RetryPolicy, "__init__", lambda policy, total, whole: init(policy, total, clock.clock, clock.sleep)
    )
    line = Line(transport.Http.raw)
    # A plain object would not get to know whose method it is.
    monkeypatch.setattr(transport.Http, "raw", partialmethod(line))
    return line


def _written(tenant: Tenant) -> Counter[str]:
    return Counter(
        GUID.sub("*", json.dumps([entry["method"], entry.get("path") or entry.get("url"), entry.get("body")]))
        for entry in writes(tenant.emulator.journal(clear=True))
    )


def _difference(after: bytes, before: bytes) -> str:
    with contextlib.suppress(ValueError):
        before = json.dumps(json.loads(before)).encode()
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False))
    start = sum(1 for _pair in same)
    return f"after {after[max(start - 150, 0) : start]!r}: {after[start : start + 60]!r}"


def _run(tenant: Tenant, module: str, options: Mapping[str, Any]) -> IntuneError | None:
    try:
        tenant.run(module, **options)
    except IntuneError as error:
        return error
    return None


SCENARIOS = [*PRESENT, *INFO, *GUARDED]


def _changed_once(mutator: Any, chance: random.Random, changed: list[bytes], content: bytes) -> bytes:
    """Return the same mutation of an answer however often it is sent; changed keeps it and the original."""
    if not changed:
        changed.extend((mutator(chance, content), content))
    return changed[0]


@pytest.mark.parametrize(
    "number", range(len(SCENARIOS)), ids=[f"{place}-{name}" for place, (name, _options) in enumerate(SCENARIOS)]
)
def test_no_answer_breaks_a_task_or_makes_it_write(tenant: Tenant, line: Line, number: int) -> None:
    module, options = SCENARIOS[number]
    line.prepare(None)
    tenant.emulator.journal(clear=True)
    usual = _run(tenant, module, options)
    reads, allowed = line.reads, _written(tenant)
    chance = random.Random(SEED * 1000 + number)
    broken: list[str] = []
    for mutation in range(max(MUTATIONS // len(SCENARIOS), 1)):
        mutator, place = chance.choice(MUTATORS), chance.randrange(reads)
        changed: list[bytes] = []

        line.prepare(partial(_changed_once, mutator, chance, changed), place, is_lasting=chance.random() < 0.5)
        shown = f"{module} {options}, mutation {mutation}, answer {place}: "
        try:
            # Another text may be written over: check mode has to do with it.
            _run(tenant, module, {**options, "check": mutator is _odd_text})
        except Exception as error:
            broken.append(f"{shown}{Unexpected(error)} {_difference(*changed)}")
        unasked = _written(tenant) - allowed
        if unasked:
            broken.append(f"{shown}wrote {list(unasked)} {_difference(*changed)}")
    line.prepare(None)
    assert broken == [], "\n".join([f"{len(broken)} broken", *broken])
    assert str(_run(tenant, module, options)) == str(usual)


@pytest.mark.parametrize("content", [b'{"value": null}', b"null", b"<html>Log in</html>", b"", b"[" * 100_000])
def test_a_list_that_is_none_never_counts_as_empty(tenant: Tenant, line: Line, content: bytes) -> None:
    line.prepare(lambda _content: content, is_lasting=True)
    error = _run(tenant, "intune_assignment_filter_info", {})
    assert isinstance(error, BadAnswer)
    assert "Given up after 3 tries" in str(error)
