# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses and queries are escaped, and each cloud has its own hosts."""

from __future__ import annotations

import pytest

from ansible_collections.mobilesec.intune.plugins.module_utils._graph import odata
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.clouds import cloud
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import ConfigurationError


def test_quotes_in_a_literal_are_doubled() -> None:
    assert odata.literal("O'Brien's") == "'O''Brien''s'"


def test_a_segment_cannot_end_early() -> None:
    assert odata.segment("a/b?c#d e%f'ü") == "a%2Fb%3Fc%23d%20e%25f%27%C3%BC"


def test_a_query_is_encoded_as_rfc_3986_says() -> None:
    assert (
        odata.query({"$filter": "name eq 'R&D + #1'", "$top": "5"})
        == "$filter=name%20eq%20%27R%26D%20%2B%20%231%27&$top=5"
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", True),
        ("3F2504E0-4F89-11D3-9A0C-0305E82C3301", True),
        ("3f2504e04f8911d39a0c0305e82c3301", False),
        ("3f2504e0-4f89-11d3-9a0c-0305e82c3301\n", False),
        ("", False),
        (None, False),
        (7, False),
    ],
)
def test_guids_are_recognised(value: object, expected: bool) -> None:
    assert odata.is_guid(value) is expected


@pytest.mark.parametrize(
    ("name", "graph", "login"),
    [
        ("global", "https://graph.microsoft.com", "https://login.microsoftonline.com"),
        (None, "https://graph.microsoft.com", "https://login.microsoftonline.com"),
        ("AzureCloud", "https://graph.microsoft.com", "https://login.microsoftonline.com"),
        ("AzurePublicCloud", "https://graph.microsoft.com", "https://login.microsoftonline.com"),
        ("us_gov", "https://graph.microsoft.us", "https://login.microsoftonline.us"),
        ("AzureUSGovernment", "https://graph.microsoft.us", "https://login.microsoftonline.us"),
        ("AZURE_US_GOVERNMENT", "https://graph.microsoft.us", "https://login.microsoftonline.us"),
        ("AzureUSGovernmentCloud", "https://graph.microsoft.us", "https://login.microsoftonline.us"),
        ("us_gov_dod", "https://dod-graph.microsoft.us", "https://login.microsoftonline.us"),
        ("china", "https://microsoftgraph.chinacloudapi.cn", "https://login.partner.microsoftonline.cn"),
        ("AzureChinaCloud", "https://microsoftgraph.chinacloudapi.cn", "https://login.partner.microsoftonline.cn"),
    ],
)
def test_clouds_and_their_other_names(name: str | None, graph: str, login: str) -> None:
    found = cloud(name)
    assert (found.graph_url, found.authority_host, found.scope) == (graph, login, graph + "/.default")


def test_an_unknown_cloud_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="'germany' is not known: use global, us_gov, us_gov_dod, china"):
        cloud("germany")


def test_own_urls_replace_those_of_the_cloud() -> None:
    found = cloud("global", "https://localhost:8443/", "login.example.org")
    assert (found.graph_url, found.authority_host) == ("https://localhost:8443", "https://login.example.org")


@pytest.mark.parametrize("url", ["http://graph.example.org", "ftp://graph.example.org"])
@pytest.mark.parametrize("option", ["graph_url", "authority_host"])
def test_nothing_but_https(option: str, url: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{option} must start with https"):
        cloud("global", **{option: url})


@pytest.mark.parametrize(
    "url", ["https://user:pw@graph.example.org", "https://", "https://host?x=1", "https://host:port"]
)
def test_a_root_must_be_a_plain_url(url: str) -> None:
    with pytest.raises(ConfigurationError, match="graph_url") as caught:
        cloud("global", graph_url=url)
    assert "user:pw" not in str(caught.value)
