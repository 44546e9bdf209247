# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects as a service shows them that stores what they mean and not how they were written (``rewrite_payloads``).

Each of these is something a service may do: the order of sets and of keys, white space and line ends, the case of
GUIDs, how numbers, Booleans and times are written, and whether nothing is null, an empty list or not there at all.
"""

from __future__ import annotations

import base64
import json
import plistlib
import re
from typing import Any
from xml.etree import ElementTree

from .messages import Json
from .schema import GUID

# Sets that Graph types as lists.
_SETS = {
    "allowedBundleIdentifiers",
    "apps",
    "associatedApps",
    "associatedDomains",
    "customData",
    "customKeyValueData",
    "customSettings",
    "dnsRules",
    "dnsSearchDomains",
    "dnsServerAddressMatch",
    "domains",
    "excludeList",
    "excludedDomains",
    "localAddressRanges",
    "localPortRanges",
    "lockdownExclusionList",
    "omaSettings",
    "osEditionTypes",
    "permissionActions",
    "proxyExclusionList",
    "remoteAddressRanges",
    "remotePortRanges",
    "routes",
    "safariDomains",
    "servers",
    "settings",
    "ssids",
    "targetedMobileApps",
    "targetedPackageIds",
    "trafficRules",
    "trustedNetworkDomains",
}
_TEXTS = {"description", "notes", "rule", "membershipRule"}
_TIME = re.compile(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")
_EXCEPT = {"id", "displayName"}


def rewritten(values: dict[str, Json]) -> dict[str, Json]:
    """One object, or the target or settings of an assignment."""
    shown = {key: _value(key, value) for key, value in reversed(list(values.items())) if key not in _EXCEPT}
    left_out = [key for key, value in shown.items() if value in (None, []) and len(key) % 2]
    for key in left_out:
        del shown[key]
    return {key: values[key] for key in _EXCEPT if key in values} | {
        key: None if value == [] else value for key, value in shown.items()
    }


def _value(key: str, value: Json) -> Json:
    if key == "payloadJson" and value:
        return _encoded(json.dumps(managed_configuration(json.loads(base64.b64decode(value))), indent=1))
    if key == "encodedSettingXml" and value:
        return _encoded(property_list(base64.b64decode(value).decode()))
    if key == "payload" and b"<plist" in base64.b64decode(value or ""):
        whole = plistlib.dumps(dict(reversed(plistlib.loads(base64.b64decode(value)).items())), sort_keys=False)
        return base64.encodebytes(whole).decode()
    if key in ("eapXml", "customXml") and value:
        return _encoded(document(base64.b64decode(value).decode()))
    if key in _TEXTS and isinstance(value, str):
        return value.rstrip().replace("\r\n", "\n").replace("\n", "\r\n")
    if isinstance(value, dict):
        return rewritten(value)
    if isinstance(value, list):
        items = [rewritten(_setting(item)) if isinstance(item, dict) else _value("", item) for item in value]
        # The DNS servers of a rule are tried in their order.
        return (
            items[::-1]
            if key in _SETS and not (key == "servers" and isinstance(items[:1] and items[0], str))
            else items
        )
    if isinstance(value, str) and GUID.match(value):
        return value.upper()
    if isinstance(value, str) and _TIME.match(value):
        return value.replace("Z", ".0000000Z")
    return value


def _encoded(text: str) -> str:
    return base64.encodebytes(text.encode("utf-8-sig")).decode()


def managed_configuration(holder: dict[str, Any]) -> dict[str, Any]:
    """The same Android configuration: forms that are not used are null, whole numbers have a fraction."""
    entries = []
    for item in reversed(holder.get("managedProperty") or []):
        entry: dict[str, Any] = {"valueString": None, "valueBool": None, "valueBundle": None}
        for key, value in item.items():
            if key == "valueBundle":
                entry[key] = managed_configuration(value)
            elif key == "valueBundleArray":
                entry[key] = [managed_configuration(bundle) for bundle in value]
            else:
                entry[key] = float(value) if key == "valueInteger" and abs(value) < 2**50 else value
        entries.append(entry)
    return {"managedProperty": entries, **{key: value for key, value in holder.items() if key != "managedProperty"}}


def property_list(text: str) -> str:
    """The same <dict>, its keys in another order and indented otherwise."""
    content = plistlib.loads(f'<plist version="1.0">{text}</plist>'.encode())
    whole = plistlib.dumps(dict(reversed(content.items())), sort_keys=False).decode()
    return whole[whole.index("<dict") : whole.rindex("</plist>")].strip().replace("\n", "\r\n")


def document(text: str) -> str:
    """The same XML document, indented otherwise and with the attributes of each element in another order."""
    root = ElementTree.fromstring(text)
    for element in root.iter():
        element.attrib = dict(reversed(element.attrib.items()))
    ElementTree.indent(root, "\t")
    return ElementTree.tostring(root, encoding="unicode").replace("\n", "\r\n")


def _setting(item: dict[str, Json]) -> dict[str, Json]:
    """A setting of an iOS app, whose value is text."""
    text = str(item.get("appConfigKeyValue"))
    if item.get("appConfigKeyType") == "booleanType":
        return item | {"appConfigKeyValue": text.capitalize()}
    if item.get("appConfigKeyType") in ("realType", "integerType"):
        return item | {"appConfigKeyValue": f"{float(text)}" if abs(float(text)) < 2**50 else text}
    return item
