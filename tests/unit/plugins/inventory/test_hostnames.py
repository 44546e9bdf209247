# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of hosts."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from ansible.inventory.manager import split_host_pattern
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mobilesec.intune.plugins.plugin_utils._hostnames import safe, unique

NOBODY: frozenset[str] = frozenset()


def named(names: Mapping[str, str], others: frozenset[str] = NOBODY) -> dict[str, str]:
    return unique(names, lambda name, _key: name in others)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada's iPhone", "Ada's_iPhone"),
        ("  iPhone\t", "iPhone"),
        ("Jürgens Gerät ①", "Jürgens_Gerät_①"),
        ("👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"),
        ("db[1:3].example.com:22", "db_1_3_.example.com_22"),
        ("fe80::1", "fe80__1"),
        ("a,b;c&d!e", "a_b_c&d!e"),
        ("~.*", "_._"),
        ("!all", "_all"),
        ("&all", "_all"),
        ("-i", "_i"),
        ("../../x", "_._.._x"),
        ("C:\\x", "C__x"),
        ("{{ x }}", "___x___"),
        ("{% x %}", "_%_x_%_"),
        ("a\u202egnp.exe", "a_gnp.exe"),
        ("half \ud83d", "half__"),
        ("a\x00b\x1b[31m", "a_b__31m"),
        ("   ", ""),
    ],
)
def test_a_name_has_no_meaning_to_ansible(name: str, expected: str) -> None:
    assert safe(name) == expected


@given(st.text(min_size=1))
def test_a_safe_name_is_a_host_pattern_of_that_name(name: str) -> None:
    made = safe(name)
    if made:
        assert split_host_pattern(made) == [made]
        assert safe(made) == made


def test_only_those_that_share_a_name_get_their_id() -> None:
    assert named({"1111-1111-1": "a", "2222-2222-2": "a", "3": "b", "4": "all"}, frozenset({"all"})) == {
        "1111-1111-1": "a_1111-111",
        "2222-2222-2": "a_2222-222",
        "3": "b",
        "4": "all_4",
    }


def test_the_whole_id_is_taken_where_its_start_does_not_do() -> None:
    same_start = {"12345678-1": "a", "12345678-2": "a"}
    assert named(same_start) == {"12345678-1": "a_12345678-1", "12345678-2": "a_12345678-2"}
    squatter = {"11111111-1": "a", "22222222-2": "a", "3": "a_11111111", "4": "a_11111111-1"}
    made = named(squatter)
    assert len(set(made.values())) == 4
    assert made["22222222-2"] == "a_22222222"


@given(
    st.dictionaries(
        st.text("12", min_size=1, max_size=3), st.sampled_from(["a", "b", "a_1", "a_2", "a_1_1", "b_12", "a_11_11"])
    ),
    st.randoms(),
)
def test_each_has_a_name_of_its_own_whatever_the_order(names: dict[str, str], shuffler: random.Random) -> None:
    made = named(names, frozenset({"b", "a_2"}))
    assert len(set(made.values())) == len(names)
    assert not {"b", "a_2"} & set(made.values())
    keys = list(names)
    shuffler.shuffle(keys)
    assert named({key: names[key] for key in keys}, frozenset({"b", "a_2"})) == made
