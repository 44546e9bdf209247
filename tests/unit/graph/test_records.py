# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils.graph import records


def declared(record: Callable[..., Any], field: Callable[..., Any]) -> Any:
    @record(frozen=True)
    class Login:
        tenant: str
        secret: str = field(repr=False)
        password: str | None = field(default=None, repr=False)
        cloud: str = "global"
        options: tuple[str, ...] = field(default_factory=tuple)

    return Login


Record, Dataclass = declared(records.record, records.field), declared(dataclasses.dataclass, dataclasses.field)


@pytest.mark.parametrize(
    ("values", "named"),
    [(("a", "b"), {}), (("a",), {"secret": "b", "cloud": "china"}), (("a", "b", "c", "d", ("e",)), {}), ((), {"secret": "b", "tenant": "a", "options": ["f"]})],
)
def test_record_holds_what_a_dataclass_holds(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    made, expected = Record(*values, **named), Dataclass(*values, **named)
    assert vars(made) == dataclasses.asdict(expected)
    assert repr(made) == repr(expected).rpartition(".")[2]


@pytest.mark.parametrize(("values", "named"), [(("a",), {}), (("a", "b"), {"colour": "red"}), (("a", "b", "c", "d", (), "too many"), {})])
def test_record_refuses_what_a_dataclass_refuses(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    for made in (Record, Dataclass):
        with pytest.raises(TypeError):
            made(*values, **named)


def test_equal_frozen_records_are_one_key() -> None:
    assert {Record("a", "b"): 1}[Record("a", secret="b")] == 1
    assert Record("a", "b") != Record("a", "c")
    assert Record("a", "b") != Dataclass("a", "b")


def test_records_share_no_default_that_is_made_anew_and_only_frozen_ones_are_keys() -> None:
    @records.record
    class Names:
        found: list[str] = records.field(default_factory=list)

    first, second = Names(), Names()
    first.found.append("a")
    assert second.found == []
    assert first != second
    with pytest.raises(TypeError):
        hash(first)
