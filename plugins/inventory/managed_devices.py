# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: managed_devices
short_description: Inventory of the devices that Microsoft Intune manages
version_added: 1.0.0
author:
  - mobilesec.intune authors (@mobilesec)
description:
  - Creates a host for each managed device, or for those that match O(filters), O(include), and O(exclude).
  - The source is a YAML file whose name ends with C(.intune.yml), C(.intune.yaml), C(managed_devices.yml), or
    C(managed_devices.yaml).
  - All devices are read before the first host is created. If some of them cannot be read, the plugin fails and creates
    no host, so that a part of the devices never looks like all of them.
  - The hosts are a list to work with, not places to log in to. See the notes.
extends_documentation_fragment:
  - mobilesec.intune.auth
  - mobilesec.intune.auth.requests
  - mobilesec.intune.auth.plugins
  - mobilesec.intune.fleet
  - mobilesec.intune.harmony
  - mobilesec.intune.harmony.plugins
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Names this plugin.
    type: str
    required: true
    choices: [mobilesec.intune.managed_devices]
  entra_groups:
    description: Names or IDs of Microsoft Entra groups. Only devices of their members are read, as with
      O(mobilesec.intune.intune_device_facts#module:groups). The option O(groups) is for groups of hosts.
    type: list
    elements: str
  hostnames:
    description:
      - Where the name of a host comes from, in order of preference. The first one that has a value is used, and V(id)
        if none has.
      - An entry is the name of a property, such as V(device_name), or a Jinja expression over the variables of the
        host, such as V(intune_device_name | lower).
      - It may also be a dictionary with the keys C(name), C(prefix), and C(separator), where C(name) and C(prefix) are
        such entries. The name is then C(prefix), C(separator) (V(_) by default), and C(name). If one of the two has
        no value, the next preference is used.
      - White space and what has a meaning in host patterns, templates, or paths becomes C(_), such as C(:), C([), C({),
        and C(/).
      - Names need not be unique in Intune. Of devices with the same name, each gets C(_) and the start of its ID
        appended, and a warning shows how many they are. The same goes for the name of a group or of the local host.
      - The ID of a device changes when it is enrolled again. For names that stay, use properties that are unique, such
        as V(serial_number).
    type: list
    elements: raw
    default: [device_name]
  hostvars_prefix:
    description: What the names of the variables start with.
    type: str
    default: intune_
  default_groups:
    description:
      - Put the hosts into groups by platform, compliance, threat state, and ownership, such as C(intune_platform_ios),
        C(intune_compliance_state_noncompliant), C(intune_threat_state_high_severity), and C(intune_ownership_company).
      - Devices without a value are in the group V(unknown), such as C(intune_threat_state_unknown).
      - These groups are children of the group C(intune_devices).
    type: bool
    default: true
  default_groups_prefix:
    description: What the names of the groups of O(default_groups) start with.
    type: str
    default: intune_
  harmony:
    description:
      - Read the devices of Harmony Mobile too, and set the variables C(intune_harmony_risk), C(intune_harmony_status),
        and C(intune_harmony_matched_by), with O(hostvars_prefix), for those that are certain to be the same. Values and
        keys are those of M(mobilesec.intune.intune_harmony_coverage). The variables are V(null) for other devices.
      - O(default_groups) has groups by risk and status then, such as C(intune_harmony_risk_high) and
        C(intune_harmony_status_active).
      - Devices are matched by their email only if all devices are read, or all of some operating systems.
    type: bool
    default: false
  harmony_outage:
    description: What to do if Harmony Mobile cannot be read. With V(error), the plugin fails and creates no host. With
      V(warning), it shows why, the variables of O(harmony) are V(null), there are no groups by them, and the devices
      are not put into the cache.
    type: str
    choices: [error, warning]
    default: error
  include:
    description:
      - Jinja expressions over the variables of a host. Only devices that at least one of them is true for become hosts.
      - An expression that cannot be evaluated is an error, whatever O(strict) is, since it decides which hosts there
        are.
    type: list
    elements: str
    default: []
  exclude:
    description: Jinja expressions over the variables of a host. Devices that at least one of them is true for do not
      become hosts, even if O(include) has them.
    type: list
    elements: str
    default: []
  timeout:
    description: Seconds to wait for an answer. With this default and that of O(retry_timeout), a Microsoft Graph that
      does not answer is reported within a minute.
    type: int
    default: 20
  retry_timeout:
    description: Seconds in which requests that were throttled or failed at Microsoft Graph are tried again. Raise it
      for a tenant that is often throttled.
    type: int
    default: 30
  use_stale_cache:
    description:
      - If the devices cannot be read, use those in the cache, however old they are, and show a warning.
      - Needs O(cache=true), and a cache plugin that keeps what has expired, such as P(ansible.builtin.jsonfile#cache).
    type: bool
    default: false
notes:
  - "Application permissions: C(DeviceManagementManagedDevices.Read.All); C(GroupMember.Read.All) with O(entra_groups);
    C(Device.Read.All) with O(entra_groups) that have devices in them."
  - Values of options may be templates, for example with lookups or extra variables. Options that are expressions by
    themselves are evaluated for each host.
  - What users wrote, such as the name of a device, is never evaluated as a template.
  - The devices do not answer to C(ssh), and C(ansible_host) is not set. Use C(connection=local) or
    C(delegate_to=localhost) and C(gather_facts=false) for plays over these hosts.
  - Ansible goes on without an inventory source that it cannot read. Set E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) to
    make it stop.
  - Besides O(fields), the properties that O(default_groups) and the expressions of other options use are read and
    become variables, and V(id) always.
  - After a change of the options that select devices and properties, an older cache is not used.
seealso:
  - module: mobilesec.intune.intune_device_facts
"""

EXAMPLES = r"""
# devices.intune.yml: all devices, with credentials from the environment
plugin: mobilesec.intune.managed_devices

---
# Phones and tablets that are not compliant or at risk, named by their serial number
plugin: mobilesec.intune.managed_devices
filters:
  operating_system: [iOS, iPadOS, Android]
hostnames:
  - serial_number
  - device_name
include:
  - intune_compliance_state != 'compliant'
  - intune_partner_reported_threat_state in ['medium_severity', 'high_severity', 'compromised']
exclude:
  - intune_model is search('Simulator')

---
# Groups and variables of one's own
plugin: mobilesec.intune.managed_devices
fields: [id, device_name, serial_number, user_principal_name, operating_system, os_version, model, last_sync_date_time]
hostnames:
  - prefix: intune_user_principal_name | split('@') | first
    name: device_name
    separator: "-"
  - device_name
default_groups: false
keyed_groups:
  - key: intune_model
    prefix: model
  - key: intune_os_version | split('.') | first
    prefix: os
groups:
  unused: (now(utc=true) - (intune_last_sync_date_time | to_datetime('%Y-%m-%dT%H:%M:%SZ'))).days > 30
compose:
  owner: intune_user_principal_name
strict: true

---
# A cache in files that is used for an hour, and longer if Microsoft Graph does not answer; the secret is in a vault
plugin: mobilesec.intune.managed_devices
tenant_id: contoso.onmicrosoft.com
client_id: 00000000-1111-2222-3333-444444444444
client_secret: "{{ lookup('ansible.builtin.unvault', 'secrets/intune.vault') | trim }}"
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/intune
cache_timeout: 3600
use_stale_cache: true
"""

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timezone
from operator import itemgetter
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable, get_cache_plugin
from ansible.utils.unsafe_proxy import wrap_var
from ansible.utils.vars import combine_vars

try:
    from ansible.template import trust_as_template as plain
except ImportError:  # ansible-core 2.18 and older take every text for a template that is not marked as unsafe
    plain = str

from ansible_collections.mobilesec.intune.plugins.module_utils._devices import fields, reading
from ansible_collections.mobilesec.intune.plugins.module_utils._devices.query import OPTIONS, FleetQuery
from ansible_collections.mobilesec.intune.plugins.module_utils._devices.summary import Progress
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.errors import InvalidOptions
from ansible_collections.mobilesec.intune.plugins.module_utils._engine.guards import (
    refuse_empty,
    refuse_malformed,
    refuse_wrong_forms,
    unknown_options,
)
from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth.claims import claims_of
from ansible_collections.mobilesec.intune.plugins.module_utils._graph._auth.credentials import AzureCli
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.errors import IntuneError, Unexpected
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.redact import Redactor, libraries_unlogged
from ansible_collections.mobilesec.intune.plugins.module_utils._graph.session import GraphSession
from ansible_collections.mobilesec.intune.plugins.module_utils._harmony import views
from ansible_collections.mobilesec.intune.plugins.module_utils._harmony.join import Managed
from ansible_collections.mobilesec.intune.plugins.module_utils._harmony_interface import harmony_options
from ansible_collections.mobilesec.intune.plugins.module_utils._interface import checked, graph_session
from ansible_collections.mobilesec.intune.plugins.module_utils._login_options import auth_options, several_credentials
from ansible_collections.mobilesec.intune.plugins.plugin_utils import _hostnames as hostnames
from ansible_collections.mobilesec.intune.plugins.plugin_utils._prompt import prompt

FILES = (".intune.yml", ".intune.yaml", "managed_devices.yml", "managed_devices.yaml")
# Evaluated for each host, not once for all.
EXPRESSIONS = ("compose", "exclude", "groups", "hostnames", "include", "keyed_groups")
DEFAULT_GROUPS = {
    "platform": "operating_system",
    "compliance_state": "compliance_state",
    "threat_state": "partner_reported_threat_state",
    "ownership": "managed_device_owner_type",
}
FIELDS = frozenset(fields.NAMES.values())
HARMONY_LOGIN = ("harmony_region", "harmony_url", "harmony_client_id")
HARMONY_GROUPS = {"harmony_risk": "harmony_risk", "harmony_status": "harmony_status"}
SECRETS = tuple(name for name, option in {**auth_options(), **harmony_options()}.items() if option.get("no_log"))
Device = dict[str, Any]
# Without one of these, a text is no template; the last one starts a text that defines the form of its own templates.
TEMPLATE_SIGNS = re.compile("[{}]|#jinja2:")


class Preference:
    """One entry of the option hostnames, as expressions over the variables of a host."""

    def __init__(self, entry: Any, prefix: str) -> None:
        declared = entry if isinstance(entry, Mapping) else {"name": entry}
        if not declared.get("name") or set(declared) - {"name", "prefix", "separator"}:
            raise InvalidOptions(
                f"hostnames: '{entry}' is neither a text nor a dictionary of name, prefix and separator."
            )
        self.separator = str(declared.get("separator", "_"))
        self.parts = [self._expression(declared[key], prefix) for key in ("prefix", "name") if declared.get(key)]

    @staticmethod
    def _expression(text: Any, prefix: str) -> str:
        field = str(text).removeprefix(prefix)
        if field in FIELDS:
            return prefix + field
        if not isinstance(text, str) or text.isidentifier():
            raise InvalidOptions(
                f"hostnames: '{text}' is not a property of a managed device. Use one of: {', '.join(sorted(FIELDS))}."
            )
        return text


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    NAME = "mobilesec.intune.managed_devices"

    def verify_file(self, path: str) -> bool:
        return super().verify_file(path) and path.endswith(FILES)

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        """Set the options, those of the file with their templates evaluated."""
        if direct:
            unknown = unknown_options(direct, self.option_definitions)
            if unknown:
                raise AnsibleParserError(f"{unknown} All are listed by: ansible-doc -t inventory {self.NAME}")
            self.templar.available_variables = self._vars
            direct = {name: self._evaluated(name, value) for name, value in direct.items()}
            # Ansible would show the value. A lookup may return all that a vault has under a name.
            wrong = [name for name in SECRETS if isinstance(direct.get(name), (Mapping, list))]
            if wrong:
                raise AnsibleParserError(f"{' and '.join(wrong)} must be text, not a list or dictionary.")
            self._check_types(direct)
        super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)

    def _check_types(self, direct: Mapping[str, Any]) -> None:
        """Refuse what Ansible would take for another value without a word."""
        try:
            refuse_wrong_forms(auth_options(), direct)
            for name, value in direct.items():
                if self.option_definitions[name].get("type") == "bool" and isinstance(value, str):
                    boolean(value)
        except InvalidOptions as error:
            raise AnsibleParserError(str(error)) from None
        except TypeError:
            raise AnsibleParserError(f"{name}: '{value}' is neither true nor false.") from None

    def _evaluated(self, name: str, value: Any) -> Any:
        if name not in EXPRESSIONS:
            return self.templar.template(value)
        # A text instead of a list is one expression; Ansible would split it at its commas.
        return [value] if isinstance(value, str) else value

    def parse(self, inventory: InventoryData, loader: DataLoader, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        self._prefix = str(self.get_option("hostvars_prefix"))
        self._group_names: dict[tuple[str, ...], list[str]] = {}
        # Whether Harmony Mobile could not be read, and the devices are used without it.
        self._is_partial = False
        others = set(inventory.hosts)
        try:
            if not self._prefix.isidentifier():
                raise InvalidOptions(f"hostvars_prefix: '{self._prefix}' is not how the name of a variable can start.")
            preferences = [Preference(entry, self._prefix) for entry in self.get_option("hostnames")]
            devices = self._devices(self._parameters(preferences), path, cache)
            hosts = [self._variables(device) for device in devices]
            self._add_hosts(self._named(list(filter(self._is_wanted, hosts)), preferences))
        except Exception as caught:
            # Ansible keeps the hosts of a source that failed.
            for name in inventory.hosts.keys() - others:
                inventory.remove_host(inventory.hosts[name])
            error = caught if isinstance(caught, (IntuneError, AnsibleError)) else Unexpected(caught)
            raise AnsibleParserError(Redactor(self._secrets()).text(str(error))) from None

    def _secrets(self) -> set[str]:
        return {str(self.get_option(name)) for name in SECRETS if self.get_option(name)}

    # -- reading -------------------------------------------------------------------------------------------------

    def _parameters(self, preferences: list[Preference]) -> dict[str, Any]:
        """What is read and as whom, in the options of intune_device_facts."""
        spec = {**auth_options(), **OPTIONS, **(harmony_options() if self.get_option("harmony") else {})}
        parameters = checked(
            spec, {name: self.get_option("entra_groups" if name == "groups" else name) for name in spec}
        )
        for warning in several_credentials(parameters):
            self.display.warning(warning)
        limits = {"entra_groups" if name == "groups" else name: parameters[name] for name in OPTIONS}
        expected = {name: self.get_option(name) for name in ("include", "exclude")}
        refuse_empty({**limits, **expected})
        refuse_malformed(OPTIONS, parameters)
        expressions = str(
            [*(self.get_option(name) for name in EXPRESSIONS), *(preference.parts for preference in preferences)]
        )
        used = FIELDS.intersection(re.findall(rf"\b{self._prefix}(\w+)", expressions))
        groups = DEFAULT_GROUPS.values() if self.get_option("default_groups") else ()
        chosen = parameters["fields"] or [fields.NAMES[graph] for graph in fields.DEFAULT]
        return {**parameters, "fields": list(dict.fromkeys(["id", *chosen, *groups, *sorted(used)]))}

    def _devices(self, parameters: dict[str, Any], path: str, may_use_cache: bool) -> list[Device]:
        """All devices, from the cache where it may be used and has them."""
        if not self.get_option("cache"):
            return self._read(parameters)
        key = self._cache_key(parameters, path)
        kept = self._cache.get(key) if may_use_cache else None
        if kept is None:
            try:
                return self._read_into_cache(key, parameters)
            except IntuneError as error:
                kept = self._stale(key, error)
        content = json.loads(kept)
        self.display.vv(f"The devices are from the cache and were read at {content['read']}.")
        return list(content["devices"])

    def _cache_key(self, parameters: dict[str, Any], path: str) -> str:
        """Return the key of a source with its options and its login, so that no other source gets these devices."""
        asked = {name: parameters[name] for name in (*OPTIONS, "tenant_id", "client_id", "cloud", "graph_url")}
        # A ready token, and that of the Azure CLI, is of a tenant that no option names.
        asked["harmony"] = [self.get_option("harmony"), *map(parameters.get, HARMONY_LOGIN)]
        asked["azure_cli"] = AzureCli().fingerprint() if parameters["azure_cli"] else None
        claims = claims_of(parameters["access_token"] or "")
        asked["access_token"] = [claims.get("tid"), claims.get("appid")]
        digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        return f"{self.get_cache_key(path)}_{digest[:12]}"

    def _read_into_cache(self, key: str, parameters: dict[str, Any]) -> list[Device]:
        devices = self._read(parameters)
        if not self._is_partial:
            # One text is what every cache plugin keeps as it is, and quickly.
            self._cache[key] = json.dumps({"read": _now(), "devices": devices})
        return devices

    def _stale(self, key: str, error: IntuneError) -> str:
        """What the cache has, however old. Raises the error if use_stale_cache is off or the cache is empty."""
        if not self.get_option("use_stale_cache"):
            raise error
        connection, prefix = self.get_option("cache_connection"), self.get_option("cache_prefix")
        places = {"_uri": connection, "_prefix": prefix, "_timeout": 0}
        kept = get_cache_plugin(
            self.get_option("cache_plugin"), **{name: value for name, value in places.items() if value is not None}
        ).get(key)
        if kept is None:
            raise error
        self.display.warning(
            f"The devices cannot be read, so those are used that were read at {json.loads(kept)['read']}. {error}"
        )
        return str(kept)

    def _read(self, parameters: dict[str, Any]) -> list[Device]:
        query = FleetQuery.from_params(parameters)
        has_harmony = self.get_option("harmony")
        query = query.with_also(*views.PROPERTIES) if has_harmony else query
        found: list[Device] = []
        managed: list[Managed] = []
        progress = Progress(self.display.v)
        with closing(graph_session(parameters, self._secrets(), prompt())) as session, libraries_unlogged():
            fleet = reading.Fleet(session, query, keeps_outside=False)
            for page in fleet.pages():
                found += fields.present(page, query.fields)
                managed += [Managed.of(raw, in_scope=True) for raw in page] if has_harmony else ()
                progress.add(len(page))
            for warning in fleet.warnings:
                self.display.warning(warning)
            for member in fleet.members_without_device or ():
                self.display.v(
                    f"No managed device belongs to {member['name']} ({member['id']}), a member of entra_groups."
                )
            if has_harmony:
                self._add_views(session, parameters, query, managed, found)
        # Pages come as they come; hosts are in the same order each time.
        return sorted(found, key=itemgetter("id"))

    def _add_views(
        self,
        session: GraphSession,
        parameters: dict[str, Any],
        query: FleetQuery,
        managed: list[Managed],
        devices: list[Device],
    ) -> None:
        """Add what Harmony Mobile knows of the devices. Raises IntuneError if harmony_outage is an error."""
        try:
            found = views.views(session, parameters, query, managed)
        except IntuneError as error:
            if self.get_option("harmony_outage") == "error":
                raise
            found, self._is_partial = {}, True
            text = session.redactor.text(str(error))
            self.display.warning(f"The devices have no risk and no status of Harmony Mobile: {text}")
        for device in devices:
            device.update(found.get(device["id"], views.NO_VIEW))

    def _variables(self, device: Device) -> Device:
        return {self._prefix + field: _never_template(value) for field, value in device.items()}

    # -- which hosts, and their names ----------------------------------------------------------------------------

    def _is_wanted(self, variables: Device) -> bool:
        include, exclude = self.get_option("include"), self.get_option("exclude")
        if include and not any(self._holds(expression, variables) for expression in include):
            return False
        return not any(self._holds(expression, variables) for expression in exclude)

    def _holds(self, expression: str, variables: Device) -> bool:
        self.templar.available_variables = self._with_extra_vars(variables)
        try:
            if hasattr(self.templar, "evaluate_conditional"):
                return bool(self.templar.evaluate_conditional(expression))
            # ansible-core 2.18 and older
            return bool(boolean(self.templar.template(f"{{% if {expression} %}}true{{% else %}}false{{% endif %}}")))
        except AnsibleError as error:
            raise InvalidOptions(
                f"include or exclude: '{expression}' cannot be evaluated for device "
                f"{variables[self._prefix + 'id']}: {error}"
            ) from None

    def _with_extra_vars(self, variables: Device) -> dict[str, Any]:
        return dict(combine_vars(variables, self._vars)) if self.get_option("use_extra_vars") else variables

    def _named(self, hosts: list[Device], preferences: list[Preference]) -> dict[str, Device]:
        """The hosts' variables by a name of each one's own."""
        by_id = {str(variables[self._prefix + "id"]): variables for variables in hosts}
        names = {key: self._name(variables, preferences) or hostnames.safe(key) for key, variables in by_id.items()}
        groups = {self._sanitize_group_name(name) for name in self.get_option("groups")}
        groups.update(self.inventory.groups, *map(self._default_groups, hosts))

        def is_taken(name: str, key: str) -> bool:
            # A host that another source created is added to, as Ansible does, unless it is another device.
            host = self.inventory.hosts.get(name)
            return (
                name in groups
                or name in constants.LOCALHOST
                or (host is not None and str(host.vars.get(self._prefix + "id", key)) != key)
            )

        own = hostnames.unique(names, is_taken)
        changed = sorted(names[key] for key, name in own.items() if name != names[key])
        if changed:
            shown = ", ".join(f"'{name}'" for name in list(dict.fromkeys(changed))[:5])
            self.display.warning(
                f"{len(changed)} of {len(own)} devices share their name with another device, a group, or the "
                "local host, so the start of their ID was "
                f"appended to it. Among the names are: {shown}. The option hostnames can choose other names."
            )
        return {own[key]: variables for key, variables in by_id.items()}

    def _name(self, variables: Device, preferences: list[Preference]) -> str:
        """The name by the first preference that has a value; empty if none has."""
        for preference in preferences:
            texts = [self._text(part, variables).strip() for part in preference.parts]
            if all(texts):
                return hostnames.safe(preference.separator.join(texts))
        return ""

    def _text(self, part: str, variables: Device) -> str:
        if part in variables:
            value = variables[part]
        else:
            try:
                value = self._compose(part, variables)
            except AnsibleError as error:
                if self.get_option("strict"):
                    raise InvalidOptions(
                        f"hostnames: '{part}' cannot be evaluated for device {variables[self._prefix + 'id']}: {error}"
                    ) from None
                value = None
        return "" if value is None else str(value)

    # -- hosts and groups ----------------------------------------------------------------------------------------

    def _default_groups(self, variables: Device) -> list[str]:
        """The groups of a host, the first of which is the parent of the others."""
        if not self.get_option("default_groups"):
            return []
        is_seen = self.get_option("harmony") and not self._is_partial
        grouped = {**DEFAULT_GROUPS, **(HARMONY_GROUPS if is_seen else {})}
        values = tuple(str(variables[self._prefix + field] or "unknown").lower() for field in grouped.values())
        if values not in self._group_names:
            names = ["devices", *map("_".join, zip(grouped, values))]
            self._group_names[values] = [
                self._sanitize_group_name(self.get_option("default_groups_prefix") + name) for name in names
            ]
        return self._group_names[values]

    def _add_hosts(self, hosts: dict[str, Device]) -> None:
        for name, variables in hosts.items():
            self.inventory.add_host(name)
            host = self.inventory.get_host(name)
            for variable, value in variables.items():
                host.set_variable(variable, value)  # a quarter of the time that inventory.set_variable() takes
            parent, *groups = self._default_groups(variables) or [""]
            for group in groups:
                if group not in self.inventory.groups:
                    self.inventory.add_group(parent)
                    self.inventory.add_group(group)
                    self.inventory.add_child(parent, group)
                self.inventory.add_host(name, group)
        self._construct(list(hosts))

    def _construct(self, names: list[str]) -> None:
        """Apply compose, groups and keyed_groups, one after the other.

        A keyed group may get the name of a host, which Ansible then takes for the group. So they are last.
        """
        compose, groups, keyed_groups, strict = (
            self.get_option(name) for name in ("compose", "groups", "keyed_groups", "strict")
        )
        hosts = [self.inventory.get_host(name) for name in names]
        for host in hosts if compose else ():
            self._set_composite_vars(compose, host.get_vars(), host.name, strict=strict)
            for name in host.vars.keys() & compose.keys():
                host.set_variable(name, _never_template(host.vars[name]))
        for host in hosts if groups else ():
            self._add_host_to_composed_groups(groups, host.get_vars(), host.name, strict=strict, fetch_hostvars=False)
        for host in hosts if keyed_groups else ():
            self._add_host_to_keyed_groups(
                keyed_groups, host.get_vars(), host.name, strict=strict, fetch_hostvars=False
            )


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _never_template(value: Any) -> Any:
    """Mark what users wrote so that Ansible does not evaluate it.

    Not every text: ansible-inventory shows marked ones as a dictionary with the key __ansible_unsafe, which AWX takes
    for the value.
    """
    if isinstance(value, str):
        return wrap_var(value) if TEMPLATE_SIGNS.search(value) else plain(value)
    if isinstance(value, list):
        return [_never_template(item) for item in value]
    if isinstance(value, dict):
        return {key: _never_template(item) for key, item in value.items()}
    return value
