# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source managed_device_changes, called as ansible-rulebook calls it, against an emulated tenant."""

from __future__ import annotations

import ast
import asyncio
import importlib.util
import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mobilesec.intune.plugins.module_utils import _device_events as device_events
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import IntuneError
from tests.emulator.threaded import ThreadedEmulator
from tests.unit.eda.source import Source

Json = dict[str, Any]
EDA = Path(__file__).parents[3] / "extensions/eda"
PLUGIN = EDA / "plugins/event_source/managed_device_changes.py"
CONNECTOR = "d3ddeae8-441f-4681-b80f-aef644f7195a"
COUNT = 24


def load() -> Json:
    """What the file defines. Under ansible-test, Ansible's own import of collections takes a file for a directory to
    runpy, which ansible-rulebook uses.
    """
    spec = importlib.util.spec_from_file_location(PLUGIN.stem, PLUGIN)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


@pytest.fixture(scope="module")
def running() -> Iterator[ThreadedEmulator]:
    emulator = ThreadedEmulator(devices=COUNT, users=8)
    with emulator:
        yield emulator


@pytest.fixture
def emulator(running: ThreadedEmulator, monkeypatch: pytest.MonkeyPatch) -> ThreadedEmulator:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    running.reset()
    return running


def change(emulator: ThreadedEmulator, number: int, **values: Any) -> Json:
    return dict(emulator.seed({"op": "device", "number": number, "values": values})[0])


def summary(events: list[Json]) -> list[tuple[str, str, Any, Any]]:
    return [(event["type"], event["device"]["id"], event.get("before"), event.get("after")) for event in events]


def test_each_change_is_one_event_and_the_first_poll_is_none(emulator: ThreadedEmulator) -> None:
    for number in range(3):
        change(emulator, number, complianceState="compliant", partnerReportedThreatState="secured")
    source = Source(emulator)
    assert source.poll() == []
    assert source.poll() == []
    one = change(emulator, 0, complianceState="noncompliant")
    two = change(emulator, 1, partnerReportedThreatState="highSeverity")
    events = source.poll()
    assert sorted(summary(events)) == sorted(
        [
            ("compliance_changed", one["id"], "compliant", "noncompliant"),
            ("threat_state_changed", two["id"], "secured", "high_severity"),
        ]
    )
    assert all({"device_name", "user_principal_name"} <= set(event["device"]) for event in events)
    change(emulator, 1, partnerReportedThreatState="secured")
    assert summary(source.poll()) == [("threat_state_changed", two["id"], "high_severity", "secured")]


def test_a_device_that_enrolls_is_an_event_and_one_that_leaves_is_forgotten(emulator: ThreadedEmulator) -> None:
    source = Source(emulator, filters={"device_name": ["Watched"]})
    assert source.poll() == []
    new = change(emulator, 3, deviceName="Watched")
    assert summary(source.poll()) == [("new_device", new["id"], None, None)]
    change(emulator, 3, deviceName="Gone")
    assert source.poll() == []
    change(emulator, 3, deviceName="Watched")
    assert summary(source.poll()) == [("new_device", new["id"], None, None)]


def test_harmonys_risk_is_watched_on_request(emulator: ThreadedEmulator) -> None:
    device = change(emulator, 0)
    row = {"internal_id": 7, "mdm": device["id"], "status": "1", "risk": "0", "last_connection": None}
    emulator.harmony(devices=[row], alerts=[])
    source = Source(emulator, harmony=True)
    assert source.poll() == []
    emulator.harmony(devices=[{**row, "risk": "3"}])
    assert summary(source.poll()) == [("harmony_risk_changed", device["id"], "none", "high")]
    emulator.harmony(devices=[])
    assert summary(source.poll()) == [("harmony_risk_changed", device["id"], "high", None)]


def test_a_silent_connector_is_one_event_until_it_is_heard_again(emulator: ThreadedEmulator) -> None:
    source = Source(emulator)
    assert source.poll() == []
    path = "deviceManagement/mobileThreatDefenseConnectors"
    body = {"@odata.type": "#microsoft.graph.mobileThreatDefenseConnector"}
    emulator.seed({"op": "create", "collection": path, "body": body, "id": CONNECTOR})
    assert source.poll() == []
    emulator.seed({"op": "heartbeat", "id": CONNECTOR})
    assert source.poll() == []
    old = (datetime.now(timezone.utc) - timedelta(hours=25)).strftime("%Y-%m-%dT%H:%M:%SZ")
    emulator.seed({"op": "update", "collection": path, "id": CONNECTOR, "values": {"lastHeartbeatDateTime": old}})
    (event,) = source.poll()
    assert (event["type"], event["connector"]["last_heartbeat"]) == ("connector_silent", old)
    assert source.poll() == []
    emulator.seed({"op": "heartbeat", "id": CONNECTOR})
    assert source.poll() == []


def test_states_are_kept_across_restarts_on_request(emulator: ThreadedEmulator, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    change(emulator, 0, complianceState="compliant")
    assert Source(emulator, state_file=str(path)).poll() == []
    assert path.stat().st_mode & 0o777 == 0o600
    device = change(emulator, 0, complianceState="noncompliant")
    assert "deviceName" not in path.read_text(encoding="utf-8")
    again = Source(emulator, state_file=str(path))
    assert summary(again.poll()) == [("compliance_changed", device["id"], "compliant", "noncompliant")]
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(Exception, match=UNREADABLE):
        Source(emulator, state_file=str(path))


@pytest.mark.parametrize("is_foreseen", [True, False])
def test_whatever_ends_a_poll_is_one_sentence_without_secrets(
    emulator: ThreadedEmulator, monkeypatch: pytest.MonkeyPatch, is_foreseen: bool
) -> None:
    source = Source(emulator)

    def poll(*_arguments: Any) -> None:
        raise (IntuneError if is_foreseen else KeyError)(f"Value {source.arguments['client_secret']} is wrong.")

    with monkeypatch.context() as patched:
        patched.setattr(source.plugin.watch, "poll", poll)
        with pytest.raises(IntuneError, match=r"Value \*{8} is wrong") as caught:
            source.poll()
    assert source.arguments["client_secret"] not in str(caught.value)
    assert source.poll() == []


UNREADABLE = "Remove it to start anew"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\0\0",
        "[]",
        "[" * 100_000,
        '{"version": 1',
        {"devices": []},
        {"devices": {"one": "compliant"}},
        {"devices": {"one": ["compliant"]}},
        {"devices": {"one": [1, {}, None]}},
    ],
    ids=str,
)
def test_a_state_file_of_somebody_else_is_refused(emulator: ThreadedEmulator, tmp_path: Path, content: Any) -> None:
    path = tmp_path / "state.json"
    Source(emulator, state_file=str(path)).poll()
    if isinstance(content, dict):
        content = json.dumps({**json.loads(path.read_text(encoding="utf-8")), **content})
    path.write_text(content, encoding="utf-8")
    with pytest.raises(IntuneError, match=UNREADABLE):
        Source(emulator, state_file=str(path))
    assert path.read_text(encoding="utf-8") == content


@pytest.mark.parametrize("other", [{"version": 0}, {"states": ["compliance_state"]}], ids=str)
def test_a_state_file_of_another_version_starts_anew(emulator: ThreadedEmulator, tmp_path: Path, other: Json) -> None:
    path = tmp_path / "state.json"
    change(emulator, 0, complianceState="compliant")
    Source(emulator, state_file=str(path)).poll()
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **other}), encoding="utf-8")
    device = change(emulator, 0, complianceState="noncompliant")
    source = Source(emulator, state_file=str(path))
    assert source.poll() == []
    change(emulator, 0, complianceState="compliant")
    assert summary(source.poll()) == [("compliance_changed", device["id"], "noncompliant", "compliant")]


def test_a_place_for_the_state_that_others_can_change_is_refused(emulator: ThreadedEmulator, tmp_path: Path) -> None:
    mine, shared, link = tmp_path / "mine", tmp_path / "shared", tmp_path / "link.json"
    shared.mkdir()
    shared.chmod(0o777)
    link.symlink_to(mine)
    (tmp_path / "one.json.lock").symlink_to(mine)
    for path, words in (
        (link, "is a symbolic link"),
        (tmp_path / "one.json", "is a symbolic link"),
        (shared / "state.json", "other users can write"),
        (tmp_path / "missing/state.json", "No such file"),
        (tmp_path / "file/state.json", "cannot be written"),
    ):
        (tmp_path / "file").touch()
        with pytest.raises(IntuneError, match=words) as caught:
            Source(emulator, state_file=str(path))
        assert str(caught.value).startswith("state_file: ")
        assert "shared_directory" not in str(caught.value)
    assert not mine.exists()


def test_two_sources_do_not_share_a_state_file(emulator: ThreadedEmulator, tmp_path: Path) -> None:
    path = str(tmp_path / "state.json")
    first = Source(emulator, state_file=path)
    with pytest.raises(IntuneError, match="another event source uses"):
        Source(emulator, ends_others=False, state_file=path)
    first.poll()
    assert Source(emulator, state_file=path).poll() == []


@pytest.mark.parametrize(
    "action",
    [{"status": 503}, {"status": 429, "headers": {"Retry-After": "600"}}, {"drop_after_read": True}],
    ids=["unavailable", "throttled", "no_answer"],
)
def test_polls_that_fail_for_an_hour_lose_no_change(emulator: ThreadedEmulator, action: Json) -> None:
    change(emulator, 0, complianceState="compliant", partnerReportedThreatState="secured")
    source = Source(emulator)
    source.poll()
    emulator.faults({"match": {"path": "managedDevices"}, "action": action})
    for state in ("unknown", "error", "noncompliant"):
        device = change(emulator, 0, complianceState=state, partnerReportedThreatState="compromised")
        with pytest.raises(IntuneError):
            source.poll()
    emulator.faults()
    assert sorted(summary(source.poll())) == [
        ("compliance_changed", device["id"], "compliant", "noncompliant"),
        ("threat_state_changed", device["id"], "secured", "compromised"),
    ]
    assert source.poll() == []


@pytest.mark.parametrize("path", ["device_status", "auth/external"])
def test_while_harmony_mobile_is_out_of_reach_the_events_of_intune_come(
    emulator: ThreadedEmulator, path: str, tmp_path: Path
) -> None:
    device = change(emulator, 0, partnerReportedThreatState="secured")
    row = {"internal_id": 7, "mdm": device["id"], "status": "1", "risk": "0", "last_connection": None}
    emulator.harmony(devices=[row], alerts=[])
    outage = {"match": {"path": path}, "action": {"status": 503, "body": {}}}
    arguments: Json = {"harmony": True, "state_file": str(tmp_path / "state.json")}
    emulator.faults(outage)
    with pytest.raises(IntuneError):
        # Nothing to compare with.
        Source(emulator, **arguments).poll()
    emulator.faults()
    source = Source(emulator, **arguments)
    source.poll()
    emulator.faults(outage)
    emulator.harmony(devices=[{**row, "risk": "3"}])
    change(emulator, 0, partnerReportedThreatState="highSeverity")
    assert summary(source.poll()) == [("threat_state_changed", device["id"], "secured", "high_severity")]
    assert "503" in source.plugin.watch.without_harmony
    again = Source(emulator, **arguments)
    assert again.poll() == []
    emulator.faults()
    assert summary(again.poll()) == [("harmony_risk_changed", device["id"], "none", "high")]
    assert again.plugin.watch.without_harmony == ""


@pytest.mark.parametrize("cached", [True, False])
def test_tokens_that_expire_between_polls_are_replaced(
    emulator: ThreadedEmulator, tmp_path: Path, cached: bool
) -> None:
    emulator.harmony(devices=[], alerts=[])
    source = Source(emulator, harmony=True, token_cache=str(tmp_path) if cached else "none")
    change(emulator, 0, complianceState="compliant")
    source.poll()
    for state in ("noncompliant", "compliant"):
        emulator.revoke_tokens()
        device = change(emulator, 0, complianceState=state)
        assert [event["after"] for event in source.poll()] == [state]
        assert source.plugin.watch.without_harmony == ""
    assert device["id"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"interval": 59}, "less than 60 seconds"),
        ({"intervall": 300}, "There is no option intervall. Did you mean interval"),
        ({"groups": None}, "groups: empty. Give a value, or leave it out"),
        ({"groups": []}, "groups: empty. Give a value, or leave it out"),
        ({"filters": {"model": []}}, "filters.model: empty. Give a value, or leave it out"),
        ({"filters": {"user_principal_name": ["nobody"]}}, "'nobody' is not a user principal name"),
        ({"tenant_id": False}, "tenant_id is false, which YAML also makes of yes, no, on and off"),
        ({"access_token": None, "client_secret": "of-a-file\n"}, "client_secret begins or ends with a blank"),
        ({"timeout": 0}, "timeout must be at least 1"),
        ({"fields": ["nothing"]}, "nothing"),
        ({"interval": "often"}, "interval"),
    ],
)
def test_wrong_options_end_the_source(emulator: ThreadedEmulator, arguments: Json, words: str) -> None:
    with pytest.raises(Exception, match=words):
        Source(emulator, **arguments)


def test_the_coroutine_emits_goes_on_after_an_error_and_can_be_cancelled(
    emulator: ThreadedEmulator, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    change(emulator, 0, complianceState="compliant")
    arguments = Source(emulator).arguments
    main = load()["main"]
    polls = 0

    async def run() -> list[Json]:
        queue: asyncio.Queue[Json] = asyncio.Queue()
        done = asyncio.Event()

        async def sleep(seconds: float) -> None:
            """Between polls: a failure first, then a change, and then nothing more."""
            nonlocal polls
            assert seconds == 300
            polls += 1
            emulator.faults(*([{"match": {"path": "managedDevices"}, "action": {"status": 400}}] if polls == 1 else []))
            change(emulator, 0, complianceState="noncompliant")
            if polls == 3:
                done.set()
                await asyncio.Event().wait()

        monkeypatch.setitem(main.__globals__, "asyncio", _Asyncio(sleep))
        task = asyncio.create_task(main(queue, {"name": "intune", **arguments}))
        await asyncio.wait_for(done.wait(), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return [queue.get_nowait() for _number in range(queue.qsize())]

    with caplog.at_level(logging.ERROR):
        events = asyncio.run(run())
    assert [event["type"] for event in events] == ["compliance_changed"]
    assert "The devices cannot be read" in caplog.text
    assert arguments["client_secret"] not in caplog.text
    json.dumps(events)


def test_a_source_that_is_stopped_during_a_poll_keeps_what_it_had(emulator: ThreadedEmulator, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    change(emulator, 0, complianceState="compliant")
    source = Source(emulator, state_file=str(path))
    source.poll()
    source.plugin.watch.close()
    arguments = source.arguments
    before = path.read_text(encoding="utf-8")
    change(emulator, 0, complianceState="noncompliant")
    emulator.journal(clear=True)
    emulator.faults({"match": {"path": "managedDevices"}, "action": {"delay_ms": 500}})

    async def run() -> None:
        queue: asyncio.Queue[Json] = asyncio.Queue()
        task = asyncio.create_task(load()["main"](queue, dict(arguments)))
        while not emulator.journal() and not task.done():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert queue.empty()

    asyncio.run(run())
    assert path.read_text(encoding="utf-8") == before
    assert len(Source(emulator, **arguments).poll()) == 1


class _Asyncio:
    """asyncio with another sleep."""

    def __init__(self, sleep: Any) -> None:
        self.sleep = sleep

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)


def test_every_option_is_documented() -> None:
    source = load()
    documented = yaml.safe_load(source["DOCUMENTATION"])["options"]
    spec = device_events.OPTIONS
    assert set(documented) == set(spec)
    for name, option in documented.items():
        assert option["type"] == spec[name]["type"], name
        assert option.get("default") == spec[name].get("default"), name


def test_the_source_imports_nothing_of_the_collection_before_it_is_called() -> None:
    """ansible-rulebook has no path to the collection until then."""
    tree = ast.parse(PLUGIN.read_text(encoding="utf-8"))
    names = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in names if name and name.startswith("ansible_collections")]
