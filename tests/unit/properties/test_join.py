# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for the join of two fleets, however odd their data is: each device is in one place, none is guessed."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mobilesec.intune.plugins.module_utils._harmony.coverage import Report
from ansible_collections.mobilesec.intune.plugins.module_utils._harmony.join import MATCHED_BY, Join, Managed, Phone

MANY = os.environ.get("PROPERTY_EXAMPLES")
Json = dict[str, Any]
# Few of each, so that they meet; cases, blanks, and values that stand for none.
GUIDS = [f"{digit * 8}-1111-4222-8333-944455556666" for digit in "abcd"]
NO_SERIALS = ["", " ", "0", "000000000000", "Unknown", "unknown ", "None", "N/A", "null", "Not available"]
SERIALS = [*NO_SERIALS, "S1", " s1", "S2", "356938035643809"]
EMAILS = [None, "", "ada@example.com", "ADA@Example.com ", "bob@example.com", "Blocked", "0" * 64]
MODELS = [None, "", "m1", "ACME / M1", " M1 ", "m2"]
IDS = [None, "", *GUIDS, GUIDS[0].upper(), "00000000-0000-0000-0000-000000000000"]

managed_values = st.fixed_dictionaries(
    {
        "operatingSystem": st.sampled_from(["Android", "iOS"]),
        "emailAddress": st.sampled_from(EMAILS),
        "userPrincipalName": st.sampled_from(EMAILS),
        "model": st.sampled_from(MODELS),
        "serialNumber": st.sampled_from([None, *SERIALS]),
        "azureADDeviceId": st.sampled_from(IDS),
    }
)
phone_values = st.fixed_dictionaries(
    {
        "mdm": st.sampled_from([*IDS, {"id": GUIDS[1]}, [GUIDS[0], GUIDS[2]], 7]),
        "serial": st.sampled_from([None, 0, *SERIALS]),
        "email": st.sampled_from(EMAILS),
        "model": st.sampled_from(MODELS),
        "device_type": st.sampled_from(["Android", "IPhone", None, "odd"]),
        "status": st.sampled_from(["1", "0", None, "odd"]),
        "last_connection": st.sampled_from([None, "Mon, 30 Nov 2026 10:00:00 GMT", "never"]),
    }
)


@settings(max_examples=int(MANY or 60), derandomize=not MANY, database=None, deadline=None)
@given(
    ours=st.lists(managed_values, max_size=6),
    theirs=st.lists(phone_values, max_size=6),
    device_map=st.dictionaries(st.sampled_from(["0", "1", "9"]), st.sampled_from(IDS[2:]), max_size=2),
    seed=st.integers(0, 9),
)
def test_each_device_of_both_sides_is_in_one_place(
    ours: list[Json], theirs: list[Json], device_map: Json, seed: int
) -> None:
    managed = [
        Managed.of({"id": GUIDS[number] if number < 4 else f"id {number}", **values}, number % 3 < 2)
        for number, values in enumerate(ours)
    ]
    phones = [Phone.of({"internal_id": number, **values}, "serial") for number, values in enumerate(theirs)]
    joined = Join(managed, phones, device_map)
    report = Report({"silent_days": 7})
    rows = list(report.rows(joined))
    summary = report.summary(joined, 0)

    matched = [place for place, _key in joined.matches.values()]
    older = [place for places in joined.duplicates.values() for place in places]
    assert sorted([*matched, *older, *joined.harmony_only, *joined.ambiguous]) == list(range(len(phones)))
    shown = [row["intune_id"] for row in rows if row["intune_id"]]
    assert sorted(shown) == sorted(device.id for device in managed if device.in_scope)
    assert sum(summary["by_category"].values()) == len(rows)
    assert summary["total"] + summary["outside_groups"] == len(managed)
    assert sum(summary["by_key"].values()) == len([row for row in rows if row["matched_by"]])
    for place, (_phone, key) in joined.matches.items():
        assert key in MATCHED_BY
        assert key != "serial_number" or managed[place].serial in ("s1", "s2", "356938035643809")
    # A device that could be several ones is matched with none of them.
    assert not set(joined.ambiguous) & set(matched)

    random.Random(seed).shuffle(managed)
    random.Random(seed).shuffle(phones)
    again = list(Report({"silent_days": 7}).rows(Join(managed, phones, device_map)))
    assert sorted(map(_place, again)) == sorted(map(_place, rows))


def _place(row: Json) -> tuple[str, str, str]:
    return row["category"], str(row["intune_id"]), str(row["matched_by"])


@pytest.mark.parametrize("serial", NO_SERIALS)
def test_a_serial_that_stands_for_none_matches_nothing_and_hides_no_other_key(serial: str) -> None:
    device = {"id": GUIDS[0], "operatingSystem": "Android", "model": "m1", "emailAddress": "ada@example.com"}
    row = {"internal_id": 1, "device_type": "Android", "model": "m1", "serial": serial}
    ours = [Managed.of({**device, "serialNumber": serial}, in_scope=True)]
    assert Join(ours, [Phone.of(row, "serial")], {}).matches == {}
    by_email = Phone.of({**row, "email": "ada@example.com"}, "serial")
    assert Join(ours, [by_email], {}).matches == {0: (0, "email")}
