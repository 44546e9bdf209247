# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook report: what it finds is on the page, whoever named it, and nobody else can read the page."""

from __future__ import annotations

import json
from pathlib import Path

from tests.emulator.client import Emulator
from tests.integration.harness import COLLECTIONS, FQCN, Json, Player, writes
from tests.unit.plugins.filter.report_data import past

PLAYBOOKS = COLLECTIONS / "ansible_collections/mobilesec/intune/playbooks"
HARMONY = "d3ddeae8-441f-4681-b80f-aef644f7195a"
CHECK_POINT = "11111111-2222-4333-8444-555555555555"
EVIL = "<script>alert(1)</script>"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"


def test_a_tenant_with_findings_is_reported(play: Player, emulator: Emulator, tmp_path: Path) -> None:
    onboarding: Json = {"harmony_onboarding_android_group": {"name": EVIL}}
    assert play(playbook=FQCN + "onboard", extra_vars=onboarding).rc == 0
    state = emulator.state()
    group = next(item["id"] for item in state["groups"] if item["displayName"] == "Harmony Mobile iOS")
    apps = state["records"]["deviceAppManagement/mobileApps"]
    ios = next(item["id"] for item in apps if "ios" in str(item["@odata.type"]).lower())
    emulator.seed(
        {"op": "update", "collection": "deviceAppManagement/mobileApps", "id": ios, "values": {"publisher": "Theirs"}},
        {"op": "delete_group", "id": group},
        {"op": "heartbeat", "id": HARMONY},
        {
            "op": "device",
            "number": 24,
            "values": {"deviceName": EVIL + "{{ evil }}", "partnerReportedThreatState": "highSeverity"},
        },
        {"op": "application", "app_id": CHECK_POINT, "name": "Check Point", "app_roles": ["Group.ReadWrite.All"]},
    )
    emulator.journal(clear=True)
    history = tmp_path / "history"
    (history / "localhost").mkdir(parents=True)
    for day, text in enumerate(past(40, 50)):
        (history / f"localhost/2026-10-0{day}T060000Z.json").write_text(text, encoding="utf-8")
    run = play(
        playbook=FQCN + "report",
        extra_vars={
            **onboarding,
            "report_file": str(tmp_path / "contoso.html"),
            "report_history": str(history),
            "report_applications": [CHECK_POINT],
        },
    )
    assert run.rc == 0, run.output[-3000:]
    # The report on installations is asked for with POST.
    assert [item for item in writes(emulator.journal()) if "/reports/" not in item.get("url", "")] == []
    page = (tmp_path / "contoso.html").read_text(encoding="utf-8")
    overlap = emulator.harmony_report()["overlap"]
    for words in (
        f"<td>{ESCAPED}</td>",
        f"{ESCAPED}{{{{ evil }}}}</th>",
        "Complete the setup",
        "Missing: Harmony Mobile iOS.",
        "Decide about what was changed since",
        "publisher</td>",
        f"Never activated in Harmony Mobile: {overlap['not_activated']}",
        "Check Point has, and does not need for this: Group.ReadWrite.All.",
        "The connector is enabled, and its last heartbeat is recent.",
        'id="chart-trend"',
    ):
        assert words in page, words
    assert "<script" not in page
    markdown = (tmp_path / "contoso.md").read_text(encoding="utf-8")
    assert "<script" not in markdown
    assert "Missing: Harmony Mobile iOS." in markdown
    assert play.env["AZURE_CLIENT_SECRET"] not in page + markdown
    kept = sorted((history / "localhost").iterdir())
    assert len(kept) == 3
    assert json.loads(kept[-1].read_text(encoding="utf-8"))["protected_harmony"] == overlap["protected"]
    written = [tmp_path / "contoso.html", tmp_path / "contoso.md", kept[-1]]
    assert [path.stat().st_mode & 0o777 for path in written] == [0o600] * 3


def test_files_are_their_owners_and_written_through_no_link(play: Player, tmp_path: Path) -> None:
    own, shared = tmp_path / "own", tmp_path / "shared"
    own.mkdir(mode=0o700)
    shared.mkdir()
    shared.chmod(0o777)
    (own / "target").write_text("theirs", encoding="utf-8")
    (own / "link").symlink_to(own / "target")
    (own / "old").write_text("old", encoding="utf-8")
    (own / "old").chmod(0o644)
    tasks: list[Json] = [
        {
            "name": path.name,
            "ansible.builtin.include_tasks": str(PLAYBOOKS / "tasks/write.yml"),
            "vars": {"_path": str(path), "_content": "new"},
        }
        for path in (own / "new", own / "old", own / "link", shared / "file")
    ]
    run = play([{"name": "each", "block": [one], "rescue": [{"ansible.builtin.meta": "noop"}]} for one in tasks])
    assert run.rc == 0, run.output
    assert [item.failed for item in run.named("in its place")] == [False, False, True, True]
    assert [(own / name).read_text(encoding="utf-8") for name in ("new", "old", "target")] == ["new", "new", "theirs"]
    assert [(own / name).stat().st_mode & 0o777 for name in ("new", "old")] == [0o600] * 2
    assert list(shared.iterdir()) == []
