# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connectors, and the catalogue of partners among which they are listed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.samples import CONNECTORS
from tests.unit.plugins.module_utils.intune.conftest import Tenant

Json = dict[str, Any]
HARMONY = "d3ddeae8-441f-4681-b80f-aef644f7195a"
ZIMPERIUM = "08a8455c-48dd-45ff-ad82-7211355354f3"


def test_partners_that_the_tenant_never_set_up_are_neither_listed_nor_exported(tenant: Tenant, tmp_path: Path) -> None:
    tenant.seed(
        {
            "op": "create",
            "collection": CONNECTORS,
            "id": ZIMPERIUM,
            "body": {"id": ZIMPERIUM, "partnerState": "neverConfigured"},
        }
    )
    tenant("intune_mtd_connector", id=HARMONY, ios_enabled=True)
    assert [found["id"] for found in tenant("intune_mtd_connector_info")["mtd_connectors"]] == [HARMONY]
    assert tenant("intune_mtd_connector_info", partner="Zimperium")["mtd_connectors"] == []
    tenant("intune_export", dest=str(tmp_path), resources=["mtd_connectors"])
    (path,) = tmp_path.iterdir()
    assert HARMONY in path.read_text(encoding="utf-8")
    assert ZIMPERIUM not in path.read_text(encoding="utf-8")


def test_a_pause_that_is_none_is_refused_before_any_request(tenant: Tenant) -> None:
    for pause in (0, -1):
        assert "wait_poll must be at least 1 second" in tenant.fails(
            "intune_mtd_connector", id=HARMONY, wait_for="enabled", wait_poll=pause
        )
    assert tenant.emulator.journal() == []


def test_a_number_below_its_limit_is_refused_before_anything_is_written(tenant: Tenant) -> None:
    said = tenant.fails("intune_mtd_connector", partner="Zimperium", partner_unresponsiveness_threshold_in_days=-3)
    assert "partner_unresponsiveness_threshold_in_days must be at least 0, not -3" in said


@pytest.mark.parametrize("rule", ["", "  "])
def test_a_filter_keeps_a_rule_that_is_not_blank(tenant: Tenant, rule: str) -> None:
    assert "rule is blank" in tenant.fails("intune_assignment_filter", name="Corporate iOS", rule=rule)
