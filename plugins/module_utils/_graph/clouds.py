# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft's clouds: where Graph is and where one logs in. A token of one is not valid in another."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from .errors import ConfigurationError


@dataclass(frozen=True)
class Cloud:
    """URLs are https and have no slash at the end."""

    name: str
    graph_url: str
    authority_host: str

    @property
    def scope(self) -> str:
        """The one scope of an application's own login: all that it was granted."""
        return self.graph_url + "/.default"


_CLOUDS = {
    entry.name: entry
    for entry in (
        Cloud("global", "https://graph.microsoft.com", "https://login.microsoftonline.com"),
        Cloud("us_gov", "https://graph.microsoft.us", "https://login.microsoftonline.us"),
        Cloud("us_gov_dod", "https://dod-graph.microsoft.us", "https://login.microsoftonline.us"),
        # Microsoft documents a second, older name: login.chinacloudapi.cn [graph facts: clouds].
        Cloud("china", "https://microsoftgraph.chinacloudapi.cn", "https://login.partner.microsoftonline.cn"),
    )
}

# Values that AZURE_CLOUD_ENVIRONMENT has for azure.azcollection, and those of the Azure SDKs, without case and
# separators.
_ALIASES = {
    "azurecloud": "global",
    "azurepubliccloud": "global",
    "azurepublic": "global",
    "public": "global",
    "azureusgovernment": "us_gov",
    "azureusgovernmentcloud": "us_gov",
    "usgovernment": "us_gov",
    "usgov": "us_gov",
    "usgovdod": "us_gov_dod",
    "azureusgovernmentdod": "us_gov_dod",
    "azurechinacloud": "china",
    "azurechina": "china",
}


def cloud(name: str | None = "global", graph_url: str | None = None, authority_host: str | None = None) -> Cloud:
    """The cloud of that name, with its URLs replaced by those given. Raises ConfigurationError."""
    entry = _named(name or "global")
    return Cloud(
        entry.name,
        https_url("graph_url", graph_url) if graph_url else entry.graph_url,
        https_url("authority_host", authority_host) if authority_host else entry.authority_host,
    )


def _named(name: str) -> Cloud:
    plain = name.strip().lower()
    found = _CLOUDS.get(plain) or _CLOUDS.get(_ALIASES.get(plain.replace("_", "").replace("-", ""), ""))
    if found is None:
        raise ConfigurationError(
            f"cloud '{name}' is not known: use {', '.join(_CLOUDS)} (or leave AZURE_CLOUD_ENVIRONMENT unset)."
        )
    return found


def https_url(option: str, url: str) -> str:
    """The URL without its last slash. AZURE_AUTHORITY_HOST is often a bare host name, so that is taken too."""
    text = url.strip()
    text = (text if "://" in text else "https://" + text).rstrip("/")
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  raises on a port that is none
    except ValueError:
        raise ConfigurationError(f"{option} '{url}' is not a URL.") from None
    if parts.scheme.lower() != "https":
        raise ConfigurationError(f"{option} must start with https://, because secrets and tokens are sent there.")
    if not parts.hostname or parts.username is not None or parts.query or parts.fragment:
        raise ConfigurationError(f"{option} must be a plain URL such as https://host or https://host:8443.")
    return text
