# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which arguments are secrets, and what a result shows of the arguments."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils import _masking as masking

SPEC: dict[str, Any] = {
    "name": {"type": "str"},
    "timeout": {"type": "int"},
    "token": {"type": "str", "no_log": True, "aliases": ["key"]},
    "properties": {"type": "dict", "no_log": True},
    "members": {"type": "list", "elements": "str"},
    "settings": {
        "type": "list",
        "elements": "dict",
        "options": {"key": {"type": "str"}, "secret": {"type": "str", "no_log": True}},
    },
}
SECRET = "a-secret-value"


@pytest.mark.parametrize(
    "params",
    [
        {"token": SECRET},
        {"token": [SECRET]},
        {"key": SECRET},
        {"properties": {"deep": [{"er": SECRET}]}},
        {"settings": [{"secret": SECRET}]},
        {"settings": {"secret": SECRET}},
        {"settings": [SECRET]},
        {"settings": [[SECRET]]},
        {"members": {"a": SECRET}},
        {"timeout": {"a": SECRET}},
    ],
)
def test_secrets_are_found_in_any_shape(params: dict[str, Any]) -> None:
    assert SECRET in masking.secrets(SPEC, params)


@pytest.mark.parametrize(
    ("params", "shown"),
    [
        ({"name": "x", "timeout": "soon"}, {"name": "x", "timeout": "soon"}),
        ({"key": SECRET}, {"key": SECRET}),
        ({"nmae": SECRET}, {"nmae": masking.MASK}),
        ({"name": {"a": SECRET}}, {"name": masking.MASK}),
        ({"members": None, "settings": None}, {"members": None, "settings": None}),
        ({"members": {"a": SECRET}}, {"members": masking.MASK}),
        ({"members": ["a"]}, {"members": ["a"]}),
        ({"settings": SECRET}, {"settings": masking.MASK}),
        ({"settings": [{"key": "k", "secert": SECRET}]}, {"settings": [{"key": "k", "secert": masking.MASK}]}),
        ({"settings": [SECRET, {"key": "k"}]}, {"settings": [masking.MASK, {"key": "k"}]}),
    ],
)
def test_values_without_an_option_of_their_name_and_shape_are_not_shown(
    params: dict[str, Any], shown: dict[str, Any]
) -> None:
    assert masking.shown(SPEC, params) == shown


def test_a_secret_is_also_masked_as_python_writes_it_in_a_dictionary() -> None:
    assert "with\\\\backslash" in masking.secrets(SPEC, {"token": "with\\backslash"})


def test_a_refusal_does_not_quote_a_value() -> None:
    message = f"Value '['{SECRET}']' in the sub parameter field 'settings' must be a list, not 'list'"
    assert SECRET not in masking.refusal(message)
    assert masking.refusal("value of state must be one of: present, got: gone").endswith("got: gone")
