# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options for logging in to Microsoft Graph, and for requests in general."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  tenant_id:
    description:
      - The tenant to log in to, as GUID or domain name.
      - Not needed with O(access_token), O(managed_identity), and O(azure_cli).
      - If not set, E(AZURE_TENANT_ID) and then E(AZURE_TENANT) are used.
    type: str
  client_id:
    description:
      - The application (client) ID of the app registration to log in as.
      - With O(managed_identity), the client ID of a user-assigned identity; the system-assigned one is used without it.
      - If not set, E(AZURE_CLIENT_ID) is used.
    type: str
  client_secret:
    description:
      - A client secret of the application.
      - If not set, E(AZURE_CLIENT_SECRET) and then E(AZURE_SECRET) are used.
    type: str
  certificate_path:
    description:
      - File with the application's certificate and its private key, as PEM (both in one file) or PKCS#12 (PFX).
      - If not set, E(AZURE_CLIENT_CERTIFICATE_PATH) is used.
    type: path
  certificate_password:
    description:
      - Password of the private key or PKCS#12 file in O(certificate_path), if it has one.
      - If not set, E(AZURE_CLIENT_CERTIFICATE_PASSWORD) is used.
    type: str
  federated_token_file:
    description:
      - File with a token of another identity provider that the application trusts (workload identity federation). It is
        read anew for each login.
      - If not set, E(AZURE_FEDERATED_TOKEN_FILE) is used.
    type: path
  managed_identity:
    description: Log in with the managed identity of the Azure machine that the task runs on.
    type: bool
    default: false
  azure_cli:
    description:
      - Use the login of the Azure CLI, C(az), on the machine that the task runs on. The task then has the rights of the
        user who ran C(az login).
      - With O(tenant_id), the CLI must be logged in to that tenant; without it, the chosen one of the CLI is used.
      - The CLI's own application has no permission for Intune. Use this to manage groups, applications and their
        permissions, and O(device_code) for the rest.
    type: bool
    default: false
  device_code:
    description:
      - Log in as a user. The task shows an address and a code, and waits until you open the address in a browser, enter
        the code and log in.
      - The application O(client_id) needs delegated permissions, and V(Allow public client flows) in its registration.
        The task has the rights that both the user and the application have.
      - Works only in Ansible's own process at a terminal. In AWX, in CI jobs and as a module the task fails instead of
        asking.
      - Tokens are cached in O(token_cache) and renewed, so that you log in once. V(none) is refused.
    type: bool
    default: false
  device_code_scopes:
    description:
      - Names of delegated permissions of Microsoft Graph to ask for at O(device_code). Microsoft Entra asks you to
        consent to those that nobody has consented to.
      - The default are those that the application was granted.
    type: list
    elements: str
  access_token:
    description:
      - An access token for Microsoft Graph that was obtained elsewhere. It is used as it is and never cached.
      - If several credentials are declared, the first of O(access_token), O(managed_identity), O(azure_cli),
        O(device_code), O(certificate_path), O(federated_token_file), and O(client_secret) is used, with a warning.
        Credentials of the environment are used only if no option declares one.
      - If not set, E(INTUNE_ACCESS_TOKEN) is used.
    type: str
  cloud:
    description:
      - The Microsoft cloud the tenant is in; one of V(global), V(us_gov), V(us_gov_dod), V(china).
      - The names that E(AZURE_CLOUD_ENVIRONMENT) takes for other collections, such as V(AzureUSGovernment), are
        accepted too.
      - If not set, E(AZURE_CLOUD_ENVIRONMENT) is used.
    type: str
    default: global
  authority_host:
    description:
      - URL of the login service, if it is not that of O(cloud). Only C(https) is accepted.
      - If not set, E(AZURE_AUTHORITY_HOST) is used.
    type: str
  graph_url:
    description:
      - Root URL of Microsoft Graph without a version, if it is not that of O(cloud). Only C(https) is accepted.
      - The access token is sent to this host and to no other.
      - If not set, E(INTUNE_GRAPH_URL) is used.
    type: str
requirements:
  - msal >= 1.35 (for a login; not needed with O(access_token) and O(azure_cli))
"""

    # What bounds requests, and where tokens are kept.
    REQUESTS = r"""
options:
  ca_path:
    description:
      - File with the CA certificates (PEM) to verify servers by, instead of the usual ones.
      - If not set, E(INTUNE_CA_PATH) is used, and then what the Python library C(requests) uses, for example
        E(REQUESTS_CA_BUNDLE).
    type: path
  timeout:
    description: Seconds for the whole answer to one request, at least V(1). Connecting may take up to V(25) seconds
      more.
    type: int
    default: 60
  retry_timeout:
    description:
      - Seconds that a task may spend on requests that were throttled or failed for a moment, and on waiting before it
        tries them again. It is one budget for all requests of the task.
      - Waiting times that the service asks for are kept; a wait that would go beyond this ends with its last error.
    type: int
    default: 300
  task_timeout:
    description: Seconds that all requests of a task may take together. After that, no further request is sent and the
      task fails.
    type: int
    default: 1800
  max_pages:
    description:
      - Pages that the lists of a task may have together. A task that comes to more of them fails, since a faulty server
        could lead from page to page without an end. Lists of one page do not count.
      - A page has V(100) to V(1000) objects; V(200000) devices are V(200) pages.
    type: int
    default: 2000
  max_megabytes:
    description: Megabytes that one answer may have after it is decompressed, and a downloaded report before it. A
      larger one fails. This includes answers to a login.
    type: int
    default: 64
  token_cache:
    description:
      - Where tokens are kept between tasks, so that a play logs in once.
      - V(auto) is a directory of your own under E(XDG_RUNTIME_DIR) or E(XDG_CACHE_HOME), files in it are readable by
        you only.
      - V(none) keeps no token; any other value is the path of a directory, with a C(/) in it.
      - If not set, E(INTUNE_TOKEN_CACHE) is used.
    type: str
    default: auto
requirements:
  - requests >= 2.31
"""

    # Where Ansible reads the options of plugins from, like auth_options() for modules. The last one that is set counts.
    PLUGINS = r"""
options:
  tenant_id:
    env:
      - name: AZURE_TENANT
      - name: AZURE_TENANT_ID
  client_id:
    env:
      - name: AZURE_CLIENT_ID
  client_secret:
    env:
      - name: AZURE_SECRET
      - name: AZURE_CLIENT_SECRET
  certificate_path:
    env:
      - name: AZURE_CLIENT_CERTIFICATE_PATH
  certificate_password:
    env:
      - name: AZURE_CLIENT_CERTIFICATE_PASSWORD
  federated_token_file:
    env:
      - name: AZURE_FEDERATED_TOKEN_FILE
  access_token:
    env:
      - name: INTUNE_ACCESS_TOKEN
  cloud:
    env:
      - name: AZURE_CLOUD_ENVIRONMENT
  authority_host:
    env:
      - name: AZURE_AUTHORITY_HOST
  graph_url:
    env:
      - name: INTUNE_GRAPH_URL
  ca_path:
    env:
      - name: INTUNE_CA_PATH
  token_cache:
    env:
      - name: INTUNE_TOKEN_CACHE
"""
