# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparison: what Graph may write otherwise is no change, what means something else is one."""

from __future__ import annotations

import base64
import json
import plistlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mobilesec.intune.plugins.module_utils._engine.complex_fields import (
    Complex,
    ComplexList,
    KeyValues,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.encoded_fields import (
    Encoded,
    parse_json,
    parse_plist,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.fields import (
    MASK,
    Enum,
    Field,
    FieldType,
    StringSet,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.names import snake_case, snake_keys
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.ownership import (
    TaggedText,
    tag_of,
    with_tag,
    without_tag,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.references import ResolvedNames
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.text_fields import Text
from ansible_collections.mobilesec.intune.plugins.module_utils._resources.app_types import Flags, MinimumVersion

IDS = ResolvedNames()
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)
keys = st.text("abcdefgh_.", min_size=1, max_size=8)


@pytest.mark.parametrize("nothing", [None, "", [], {}])
def test_nothing_is_nothing_in_whichever_form(nothing: Any) -> None:
    assert FieldType().equal(nothing, None)
    assert FieldType().equal("", nothing)
    assert not FieldType().equal(nothing, "x")
    assert not FieldType().equal(False, nothing)


@given(texts)
def test_line_ends_and_trailing_space_are_no_change(text: str) -> None:
    assert Text().equal(text + "\n", text.replace("\n", "\r\n"))
    assert not Text().equal(text, text.rstrip() + "x")


def test_guids_and_enums_ignore_case() -> None:
    assert Enum("customVpn").equal("customVpn", "CustomVPN")
    assert not Enum("customVpn", "citrix").equal("customVpn", "citrix")
    assert Enum("ikEv2").show("IKEv2", IDS) == "ikev2"


@given(st.lists(texts), st.randoms())
def test_sets_have_no_order(items: list[str], random: Any) -> None:
    shuffled = [*items, *items[:1]]
    random.shuffle(shuffled)
    assert StringSet().equal(items, shuffled)
    assert not StringSet().equal([*items, "more than that"], shuffled)


@given(st.sets(st.sampled_from(["ipad", "iphone_and_ipod"])))
def test_flags_return_as_they_were_given(given_flags: set[str]) -> None:
    kind = Flags("iPad", "iPhoneAndIPod")
    assert kind.show(kind.encode(sorted(given_flags), None, IDS), IDS) == sorted(given_flags)


def test_a_minimum_version_switches_the_old_flag_off() -> None:
    kind = MinimumVersion("8.0", "12.0", "4.0.3")
    current = {"v8_0": True, "v12_0": False, "v4_0_3": False, "@odata.type": "x"}
    assert kind.encode("12.0", current, IDS) == {"v8_0": False, "v12_0": True}
    assert kind.equal(kind.encode("8.0", None, IDS), current)
    assert not kind.equal(kind.encode("12.0", None, IDS), current)
    assert kind.show(current, IDS) == "8.0"
    assert kind.show(kind.encode("4.0.3", None, IDS), IDS) == "4.0.3"


SERVER = Complex(Field("address", "address"), Field("description", "description"), defaults={"isDefaultServer": True})


def test_the_parts_of_a_complex_value_that_are_not_given_stay() -> None:
    current = {"@odata.type": "#x", "address": "a", "description": "d", "isDefaultServer": False}
    encoded = SERVER.encode({"address": "b", "description": None}, current, IDS)
    assert encoded == {"address": "b", "description": "d", "isDefaultServer": False}
    assert SERVER.equal(SERVER.encode({"address": "a"}, current, IDS), current)
    assert SERVER.encode({"address": "a"}, None, IDS) == {"address": "a", "isDefaultServer": True}


def test_lists_of_complex_values_count_order_only_where_it_means_something() -> None:
    rules = [{"address": "a"}, {"address": "b"}]
    current = [
        {"address": "b", "description": None, "isDefaultServer": True},
        {"address": "a", "description": None, "isDefaultServer": True},
    ]
    ordered, unordered = ComplexList(SERVER), ComplexList(SERVER, ordered=False)
    assert not ordered.equal(ordered.encode(rules, None, IDS), current)
    assert ordered.equal(ordered.encode(rules[::-1], None, IDS), current)
    assert unordered.equal(unordered.encode(rules, None, IDS), current)
    assert not unordered.equal(unordered.encode(rules[:1], None, IDS), current)
    assert not unordered.equal(unordered.encode([rules[0], rules[0]], None, IDS), current)


def test_an_item_that_is_equal_to_several_leaves_the_others_theirs() -> None:
    servers = ComplexList(
        Complex(Field("address", "address"), Field("description", "description")), ordered=False, key="address"
    )
    current = [{"address": "a", "description": "b"}, {"address": "a", "description": "c"}]
    assert servers.equal([{"address": "a"}, {"address": "a", "description": "b"}], current)
    assert not servers.equal([{"address": "a", "description": "b"}, {"address": "a", "description": "b"}], current)


@pytest.mark.parametrize("ordered", [True, False])
def test_an_item_without_a_key_says_all_that_it_is(ordered: bool) -> None:
    rules = ComplexList(
        Complex(Field("action", "action"), Field("ssids", "ssids", StringSet()), defaults={"match": "any"}), ordered
    )
    current = [{"@odata.type": "#x", "action": "connect", "ssids": ["Office"], "match": None, "newer": 1}]
    assert rules.equal(rules.encode([{"action": "connect", "ssids": ["Office"]}], current, IDS), current)
    assert not rules.equal(rules.encode([{"action": "connect"}], current, IDS), current)
    assert rules.equal(rules.encode([{"action": "connect"}], current, IDS), [{**current[0], "ssids": None}])


@given(st.dictionaries(keys, st.one_of(texts, st.booleans(), st.integers())))
def test_mappings_have_no_order_and_hold_text(values: dict[str, Any]) -> None:
    kind = KeyValues("name", "value")
    encoded = kind.encode(values, None, IDS)
    assert all(isinstance(item["value"], str) for item in encoded)
    assert kind.equal(encoded, encoded[::-1])
    assert not kind.equal([*encoded, {"name": "one more", "value": "x"}], encoded)


def test_a_mapping_holds_single_values_and_nothing_for_none() -> None:
    kind = KeyValues("name", "value")
    assert kind.encode({"a": None}, None, IDS) == [{"name": "a", "value": ""}]
    for several in ([1], {"b": 1}):
        with pytest.raises(ValueError, match="must have single values, not lists or dictionaries: a"):
            kind.check({"a": several, "b": 1})


def test_values_that_the_task_does_not_give_are_masked() -> None:
    kind = KeyValues("name", "value")
    held = [{"name": "a", "value": "1"}, {"name": "b", "value": "secret"}]
    assert kind.show(held, IDS, {"a": 1}) == {"a": "1", "b": MASK}
    assert kind.show(held, IDS) == {"a": MASK, "b": MASK}


plain = st.recursive(
    st.one_of(texts, st.booleans(), st.integers(-(2**31), 2**31)),
    lambda inner: st.dictionaries(keys, inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(keys, plain, max_size=5))
def test_a_property_list_is_what_it_means(values: dict[str, Any]) -> None:
    kind = Encoded(parse_plist)
    sent = kind.encode(plistlib.dumps(values).decode(), None, IDS)
    spaced = plistlib.dumps(values).decode().replace("\n", "\n   ")
    assert kind.equal(sent, base64.b64encode(spaced.encode()).decode())
    other = plistlib.dumps({**values, "one more": True}).decode()
    assert not kind.equal(sent, kind.encode(other, None, IDS))


@given(st.dictionaries(keys, plain, max_size=5))
def test_a_json_document_is_what_it_means(values: dict[str, Any]) -> None:
    kind = Encoded(parse_json)
    sent = kind.encode(json.dumps(values), None, IDS)
    assert kind.equal(sent, base64.b64encode(json.dumps(values, sort_keys=True, indent=3).encode()).decode())
    assert not kind.equal(sent, kind.encode(json.dumps({**values, "one more": 1}), None, IDS))


def test_a_document_that_cannot_be_parsed_is_compared_as_text() -> None:
    kind = Encoded(parse_plist)
    assert kind.equal(kind.encode("<dict>", None, IDS), kind.encode("<dict>", None, IDS))
    assert not kind.equal(kind.encode("<dict>", None, IDS), None)
    assert kind.text("not base64!") == "not base64!"


@given(texts, st.text("abc_ ", min_size=1).map(str.strip).filter(bool))
def test_a_tag_is_neither_compared_nor_shown_and_survives(text: str, tag: str) -> None:
    tagged = with_tag(text, tag)
    assert tag_of(tagged) == tag
    assert without_tag(tagged) == text.rstrip() or without_tag(tagged) == text
    kind = TaggedText()
    assert kind.equal(text, tagged)
    assert tag_of(kind.encode("new text", tagged, IDS)) == tag
    assert kind.encode("new text", text if not tag_of(text) else None, IDS) == "new text"


@pytest.mark.parametrize(
    ("graph", "option"),
    [
        ("azureADDeviceId", "azure_ad_device_id"),
        ("iPhoneAndIPod", "iphone_and_ipod"),
        ("ciscoIPSec", "cisco_ipsec"),
        ("wiFiMacAddress", "wifi_mac_address"),
        ("allowPartnerToCollectIOSApplicationMetadata", "allow_partner_to_collect_ios_application_metadata"),
        ("managedIOSStoreApp", "managed_ios_store_app"),
        ("partnerUnresponsivenessThresholdInDays", "partner_unresponsiveness_threshold_in_days"),
    ],
)
def test_names_are_split_where_a_reader_would(graph: str, option: str) -> None:
    assert snake_case(graph) == option


def test_annotations_of_odata_are_left_out() -> None:
    assert snake_keys({"@odata.type": "x", "a@odata.bind": 1, "someThing": [{"innerPart": 1}]}) == {
        "some_thing": [{"inner_part": 1}]
    }


def test_an_item_whose_key_is_there_twice_is_the_one_that_says_the_same_already() -> None:
    item = Complex(Field("address", "address"), Field("description", "description"), Field("main", "isMain"))
    servers = ComplexList(item, ordered=False, key="address")
    declared = [{"address": "a", "description": "d", "main": False}, {"address": "a", "main": True}]
    current = [
        {"address": "a", "isMain": True, "description": None},
        {"address": "a", "isMain": False, "description": "d"},
    ]
    for present in (current, current[::-1]):
        assert servers.equal(servers.encode(declared, present, ResolvedNames()), present)


def test_an_empty_list_and_none_are_shown_alike() -> None:
    item = Complex(Field("tracks", "tracks", StringSet()), Field("mode", "mode"))
    assert (
        item.show({"tracks": [], "mode": "m"}, ResolvedNames())
        == item.show({"mode": "m"}, ResolvedNames())
        == {"mode": "m"}
    )
