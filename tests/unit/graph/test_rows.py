# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages that are cut mean what decoded ones mean, whatever a server sends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.mobilesec.intune.plugins.module_utils._graph import rows

Json = dict[str, Any]
LINK = "https://graph.example/beta/things?$skiptoken=x"
plain = st.sampled_from(["", "a", "Söhne's", "]},:", "☃", "😀", "null", None])
unusual = st.sampled_from(["{", "}", '"value":[', True, False, 0, -3, 10**20, 0.5, ["a"]])
values = st.one_of(plain, unusual, st.text(max_size=5), st.integers(), st.floats())
names = st.one_of(
    st.sampled_from(["id", "deviceName", "osVersion", "a.b", "é", "@odata.etag", "value"]), st.text(max_size=3)
)


@st.composite
def pages(draw: st.DrawFn) -> bytes:
    """Mostly pages as Graph sends them: objects of the same properties, with texts or nothing in them."""
    shape = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    usual = st.fixed_dictionaries({name: draw(st.sampled_from([plain, plain, plain, values])) for name in shape})
    each = draw(st.sampled_from([usual, usual, usual, st.one_of(usual, st.dictionaries(names, values, max_size=3))]))
    objects = draw(st.lists(each, min_size=1, max_size=4))
    around: list[Json] = [
        {"value": objects},
        {"value": objects, "n": [1]},
        {"@odata.nextLink": LINK, "value": objects},
        {"n": {"value": objects}},
    ]
    page = draw(st.sampled_from(around))
    separators = draw(st.sampled_from([(",", ":"), (",", ":"), (",", ":"), (", ", ": ")]))
    return json.dumps(page, ensure_ascii=draw(st.sampled_from([False, False, True])), separators=separators).encode(
        "utf-8", "surrogatepass"
    )


def check(content: bytes) -> bool:
    """Whether the content was cut. If so, it is what json.loads makes of it."""
    page = rows.page(content)
    if page is None:
        return False
    decoded = json.loads(content)
    objects = list(page["value"])
    # As texts, since 1 is True in Python.
    assert json.dumps({**page, "value": objects}, sort_keys=True) == json.dumps(decoded, sort_keys=True)
    assert len(page["value"]) == len(objects) > 0
    for name, texts in page["value"].columns.texts.items():
        assert list(texts) == [
            json.dumps(raw[name], ensure_ascii=False).encode("utf-8", "backslashreplace") for raw in decoded["value"]
        ]
    assert page["value"].columns["nowhere"] == [None] * len(objects)
    return True


@given(pages())
def test_a_page_that_is_cut_means_the_same(content: bytes) -> None:
    check(content)


@given(pages(), st.data())
@example(b'{"value":[{"id":"a","b":"c"}{"id":"a","b":"c"}]}', None)
def test_what_is_no_json_is_not_cut(content: bytes, data: st.DataObject | None) -> None:
    if data:
        start = data.draw(st.integers(0, len(content)))
        end = start + data.draw(st.integers(0, 2))
        put = data.draw(
            st.sampled_from(
                [
                    b"",
                    b'"',
                    b"{",
                    b"}",
                    b"]",
                    b"[",
                    b",",
                    b":",
                    b" ",
                    b"\n",
                    b"\x00",
                    b"\xff",
                    b"\\",
                    b"0",
                    b"null",
                    b'{"a":"b"}',
                ]
            )
        )
        content = content[:start] + put + content[end:]
    check(content)


OBJECT = '{"id":"1","deviceName":"Söhne","users":null,"ok":true,"free":64}'
ESCAPED = OBJECT.replace("Söhne", r"S\u00F6hne \ud83d\ude00 \u0022\u005c\u000a\ud800")
SPACED = OBJECT.replace(":", ": ").replace(",", ", ")


@pytest.mark.parametrize(
    "content",
    [
        f'{{"@odata.nextLink":"{LINK}","value":[{OBJECT},{OBJECT}]}}',
        f'{{"value":[{OBJECT}],"@odata.count":1}}',
        f' {{"@odata.count" : 1, "value": [{SPACED}, {SPACED}] }} ',
        f'{{"value":[{OBJECT},{ESCAPED}]}}',
    ],
)
def test_pages_as_graph_sends_them_are_cut(content: str) -> None:
    assert check(content.encode())


@pytest.mark.parametrize(
    "content",
    [
        "",
        OBJECT,
        f"[1,2,3,{OBJECT}]",
        f'{{"things":{{"value":[{OBJECT}]}}}}',
        '{"value":[]}',
        '{"value":[{}]}',
        '{"value":[1]}',
        '{"value":[{"id":"1"}]}',
        *(
            f'{{"value":[{OBJECT}{more}]}}'
            for more in (
                f", {OBJECT}",
                f",{SPACED}",
                f"\n,{OBJECT}",
                OBJECT,
                f",{OBJECT},",
                ',{"id":"2"}',
                "," + OBJECT.replace("Söhne", r"a\nb"),
                "," + OBJECT.replace("Söhne", r"\\u0041"),
                "," + OBJECT.replace("Söhne", r"\u00zz"),
                "," + OBJECT.replace("Söhne", '\\"') + OBJECT.replace("Söhne", r"\u0041"),
                "," + OBJECT.replace("Söhne", "a\tb"),
                "," + OBJECT.replace("Söhne", "\udcff"),
                "," + OBJECT.replace("Söhne", "{"),
                "," + OBJECT.replace("64", "6.40"),
                "," + OBJECT.replace("64", "064"),
                "," + OBJECT.replace("64", "[]"),
            )
        ),
    ],
)
def test_others_are_left_to_the_decoder(content: str) -> None:
    assert not check(content.encode("utf-8", "surrogateescape"))
