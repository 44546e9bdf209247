# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface function of intune_export: what is read goes to variables files that Ansible reads as it was."""

from __future__ import annotations

import contextlib
import os
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._engine.errors import SomeFailed
from ._engine.export import Exported, Selection, export, masked
from ._engine.files import place, refuse_link, refuse_no_file, refuse_shared, replaced
from ._engine.resource import Resource
from ._graph.errors import IntuneError
from ._graph.session import GraphSession
from ._graph.transport import missing_library
from ._resources.group import Group
from ._resources.reference_types import GROUP
from ._resources.table import BY_PLURAL, file_name, variable

try:
    import yaml
except ImportError:
    yaml = None  # type: ignore[assignment]

# The last one starts a text that defines the form of its own templates.
_TEMPLATE_SIGNS = ("{{", "{%", "{#", "#jinja2:")


def export_to_files(
    session: GraphSession, params: Mapping[str, Any], check_mode: bool, diff_mode: bool
) -> dict[str, Any]:
    """Read what the options select, and bring one file for each resource to it."""
    if yaml is None:
        raise missing_library("PyYAML")
    declared = params["resources"]
    chosen = [
        resource
        for plural, resource in BY_PLURAL.items()
        if (plural in declared if declared else not resource.is_opt_in)
    ]
    directory = place(params["dest"])
    paths = {resource: os.path.join(directory, file_name(resource)) for resource in chosen}
    kept = _read_all(directory, paths, params["shared_directory"])
    exported, warnings = export(session, [resource() for resource in chosen], GROUP, _selection(params))
    files, diffs = [], []
    failures = [line for found in exported for line in found.failures]
    for found in exported:
        path = paths[type(found.resource)]
        if not found.is_listed:
            continue
        warnings += found.remarks
        try:
            file = _bring(path, found, kept[path], check_mode)
        except IntuneError as error:
            failures.append(str(error))
            continue
        files.append(file)
        if file["changed"] and diff_mode:
            diffs.append(_diff(path, found, kept[path]))
    result = {
        "changed": any(file["changed"] for file in files),
        "dest": directory,
        "files": files,
        **({"diff": diffs} if diff_mode else {}),
        "graph_requests": session.requests_sent,
        "warnings": warnings,
    }
    if failures:
        raise SomeFailed("\n".join(["This was not exported; everything else was.", *failures]), result)
    return result


def _read_all(directory: str, paths: Mapping[type[Resource], str], may_be_shared: bool) -> dict[str, str | None]:
    """Return what the files hold so far. Raises IntuneError where others could lead or read what is written, and for a
    file of something else.
    """
    refuse_link(directory, "directory")
    if os.path.exists(directory):
        refuse_shared(directory, may_be_shared)
    for path in paths.values():
        refuse_no_file(path)
    kept = {path: _read(path) for path in paths.values()}
    for resource, path in paths.items():
        text = kept[path]
        if text and text.strip() and not any(line.startswith(f"{variable(resource)}:") for line in text.splitlines()):
            raise IntuneError(
                f"{path} is not an export: it has no {variable(resource)}. Move it, or use another dest. This task "
                "wrote nothing."
            )
    return kept


def _selection(params: Mapping[str, Any]) -> Selection:
    return Selection(
        name_pattern=params["name_pattern"],
        assigned_to=params["assigned_to"] or (),
        only_referred=() if params["all_groups"] else (Group.singular,),
        without=() if params["include_members"] else ("members", "owners"),
    )


def _bring(path: str, found: Exported, current: str | None, check_mode: bool) -> dict[str, Any]:
    """Write the file of a resource if it differs, and return what the module reports of it."""
    text = _text(found)
    changed = text != current or not _is_private(path)
    if changed and not check_mode:
        _write(path, text)
    return {
        "path": path,
        "resource": found.resource.plural,
        "variable": variable(type(found.resource)),
        "objects": len(found.objects),
        "changed": changed,
    }


# -- text -------------------------------------------------------------------------------------------------------------


def _text(found: Exported) -> str:
    head = (
        f"What {found.resource.plural.replace('_', ' ')} a tenant has, as options of "
        f"mobilesec.intune.intune_{found.resource.singular}. The values may be secrets."
    )
    lines = [
        line for remark in [head, *found.remarks, *found.failures] for line in textwrap.wrap(_printable(remark), 118)
    ]
    return "---\n" + "".join(f"# {line}\n" for line in lines) + _dumped({variable(type(found.resource)): found.objects})


def _printable(text: str) -> str:
    """Return a text, such as the name of an object, without what ends a comment of YAML or cannot be in one."""
    return "".join(character if character.isprintable() else " " for character in text)


def _dumped(value: Any) -> str:
    return str(
        yaml.dump(value, Dumper=_dumper(), allow_unicode=True, sort_keys=False, default_flow_style=False, width=10**6)
    )


def _dumper() -> Any:
    class Dumper(yaml.SafeDumper):
        """Marks text that Ansible would take for a template, and writes lists as ansible-lint wants them."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
            return super().increase_indent(flow, False)

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def text(dumper: Any, value: str) -> Any:
        # Anywhere but in double quotes YAML makes another line break of this one.
        style = '"' if "\x85" in value else "|" if "\n" in value else None
        if any(sign in value for sign in _TEMPLATE_SIGNS):
            return dumper.represent_scalar("!unsafe", value, style=style or "'")
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    return Dumper


def load(path: str) -> Any:
    """Return what a file declares. Raises IntuneError."""
    if yaml is None:
        raise missing_library("PyYAML")
    text = _read(path)
    if text is None:
        raise IntuneError(f"{os.path.abspath(path)} does not exist. This task wrote nothing.")
    try:
        return _loaded(text)
    except yaml.YAMLError as error:
        # The error itself quotes the line, which may hold a secret.
        mark = getattr(error, "problem_mark", None)
        raise IntuneError(
            f"{path} is not YAML that this module reads: {getattr(error, 'problem', None) or 'it has no valid form'}"
            f"{f' in line {mark.line + 1}' if mark else ''}. This task wrote nothing."
        ) from None


def _loaded(text: str) -> Any:
    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """Knows the tag that Dumper writes, and refuses a key of which YAML would keep the last value only."""

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            seen: set[str] = set()
            for key, _value in node.value:
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        problem="a key stands here twice", problem_mark=key.start_mark
                    )
                seen.update([key.value] if isinstance(key.value, str) and key.value != "<<" else [])
            return super().construct_mapping(node, deep)

    Loader.add_constructor("!unsafe", lambda loader, node: node.value)
    return yaml.load(text, Loader=Loader)


def _diff(path: str, found: Exported, current: str | None) -> dict[str, str]:
    """Both sides as YAML, with what may be a secret masked."""
    name = variable(type(found.resource))
    content = None
    with contextlib.suppress(yaml.YAMLError):
        content = _loaded(current or "")
    old = content.get(name) if isinstance(content, dict) else None
    before = [item for item in old if isinstance(item, dict)] if isinstance(old, list) else []
    sides = [_masked(found, before, found.objects), _masked(found, found.objects, before)]
    shown = [_dumped({name: side}) for side in sides]
    return {
        "before": shown[0] if current is not None else "",
        "after": shown[1],
        "before_header": path,
        "after_header": path,
    }


def _masked(
    found: Exported, objects: Sequence[Mapping[str, Any]], others: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    beside = {_key(other): other for other in others}
    return [masked(found.resource, item, beside.get(_key(item), {})) for item in objects]


def _key(options: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(options.get(name)) for name in ("id", "name", "package_id", "type"))


# -- files ------------------------------------------------------------------------------------------------------------


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise IntuneError(f"{path} cannot be read: {error}. This task wrote nothing.") from None
    if text.startswith("$ANSIBLE_VAULT;"):
        raise IntuneError(
            f"{path} is encrypted with Ansible Vault. Decrypt it first, or use another file. This task wrote nothing."
        )
    return text


def _is_private(path: str) -> bool:
    return os.path.exists(path) and not os.stat(path).st_mode & 0o077


def _write(path: str, text: str) -> None:
    """Replace a file in one step; only its owner can read it."""
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with replaced(path) as file:
            file.write(text)
    except OSError as error:
        raise IntuneError(
            f"{path} cannot be written: {error.strerror or error}. Choose another dest, or see to its permissions."
        ) from None
