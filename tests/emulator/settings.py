# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings of a running emulator. Defaults are fixed and documented, so that tests need no configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .clock import Clock

TENANT_ID = "7e4a4c5e-0f3b-4d57-9a5e-0c0a1b2c3d4e"
TENANT_DOMAIN = "contoso.example"
CLIENT_ID = "5f0c8a52-6c1d-4f8e-9b7a-3e2d1c0b9a87"
CLIENT_SECRET = "emulated-secret~known-to-everybody"

# What the collection needs in all. Directory.Read.All is part of the vendor's own list of permissions; the two
# ReadWrite permissions on users and devices are what adding them to a group takes [graph facts: group members].
DEFAULT_PERMISSIONS = (
    "Device.ReadWrite.All",
    "DeviceManagementApps.ReadWrite.All",
    "DeviceManagementConfiguration.ReadWrite.All",
    "DeviceManagementManagedDevices.Read.All",
    "DeviceManagementRBAC.Read.All",
    "DeviceManagementServiceConfig.ReadWrite.All",
    "Directory.Read.All",
    "Group.ReadWrite.All",
    "GroupMember.ReadWrite.All",
    "Organization.Read.All",
    "User.ReadWrite.All",
)

# What resources with permissions of their own take.
OPT_IN_PERMISSIONS = ("Application.Read.All", "Policy.Read.All", "Policy.ReadWrite.ConditionalAccess")
# name -> (Graph host, login hosts) [graph facts: clouds]
CLOUD_HOSTS = {
    "global": ("graph.microsoft.com", ("login.microsoftonline.com",)),
    "us_gov": ("graph.microsoft.us", ("login.microsoftonline.us",)),
    "us_gov_dod": ("dod-graph.microsoft.us", ("login.microsoftonline.us",)),
    "china": ("microsoftgraph.chinacloudapi.cn", ("login.chinacloudapi.cn", "login.partner.microsoftonline.cn")),
}


def cloud_host_names() -> list[str]:
    names = {graph for graph, _logins in CLOUD_HOSTS.values()}
    for _graph, logins in CLOUD_HOSTS.values():
        names.update(logins)
    return sorted(names)


@dataclass
class Settings:
    """Options of one run; times are milliseconds unless the name says otherwise."""

    tenant_id: str = TENANT_ID
    tenant_domain: str = TENANT_DOMAIN
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    client_certificates: list[Path] = field(default_factory=list)
    federated_issuer_key: Path | None = None
    federated_issuer: str = "https://issuer.example"
    federated_subject: str | None = None
    permissions: tuple[str, ...] = DEFAULT_PERMISSIONS
    token_lifetime_s: int = 3600
    # Applications that users may log in to without a credential of the application.
    public_clients: tuple[str, ...] = ()
    device_code_interval: int = 1
    # Whether the user who logs in is an administrator; without a role, scopes permit nothing here.
    user_is_administrator: bool = True
    devices: int = 50
    users: int = 20
    seed: int = 1
    latency: int = 0
    eventual: int = 0
    # Milliseconds that reads are behind the writes: each answers from what there was then.
    replica: int = 0
    # Whether only every other read is behind, as with several replicas.
    mixed_replicas: bool = False
    # Whether only reads in a $batch are behind.
    batches_behind: bool = False
    publishing: int = 0
    play_sync: int = 0
    vpp_sync: int = 0
    play_bound: bool = True
    page_size: int | None = None
    empty_pages: bool = False
    # What @odata.count of a list of devices is, which is not documented: "total", the number in the "page", "none", or
    # "excessive": one more than there are (https://github.com/microsoftgraph/microsoft-graph-docs/issues/18143).
    device_counts: str = "total"
    # The overview's number of devices: "right", "stale" (a tenth), "excessive" (ten times), "refused" or "missing".
    overview: str = "right"
    rewrite_payloads: bool = False
    # Status with which an upsert of a group that readers do not see yet is refused; 0: it is carried out.
    refuse_hidden_names: int = 0
    # Whether a template takes a second message of a locale, which is not documented.
    repeated_locales: bool = False
    connector_catalogue: bool = False
    throttle: tuple[int, float] | None = None
    faults: Path | None = None
    journal: Path | None = None
    clock: Clock = field(default_factory=Clock)
    contract: Path = Path(__file__).resolve().parent / "contract"
