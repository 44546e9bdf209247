# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write beta.json and v1.json, the Graph schema data the emulated tenant enforces, from published packages.

Two packages describe each Graph version and complete each other:
- the PyPI SDK (Kiota models): types, inheritance, precise scalars, newest properties, and which properties are
  computed (a model reads them but never serialises them);
- the npm typings: which properties may be null.
What neither knows is in overrides.json; what is wanted is in selection.json.
"""

from __future__ import annotations

import argparse
import datetime
import fnmatch
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SELECTION = HERE / "selection.json"
OVERRIDES = HERE / "overrides.json"
CACHE = HERE.parents[2] / ".build" / "contract"


@dataclass(frozen=True)
class Package:
    registry: str  # "npm" or "pypi"
    name: str
    version: str
    file: str
    sha256: str


@dataclass(frozen=True)
class GraphVersion:
    name: str  # "beta" or "v1"
    typings: Package
    sdk: Package
    models: str  # path of the models inside the wheel


VERSIONS = (
    GraphVersion(
        name="beta",
        typings=Package(
            "npm",
            "@microsoft/microsoft-graph-types-beta",
            "0.44.0-preview",
            "microsoft-microsoft-graph-types-beta-0.44.0-preview.tgz",
            "f05a395180c0aa2b8c32b1e9bf5346c2797bf8a70d69531648ba93cd288001b6",
        ),
        sdk=Package(
            "pypi",
            "msgraph-beta-sdk",
            "1.66.0",
            "msgraph_beta_sdk-1.66.0-py3-none-any.whl",
            "784506f47bc69bc203d19bf89bf3b425c5f6a27130f55ee3c88d4cf79a4050f8",
        ),
        models="msgraph_beta/generated/models/",
    ),
    GraphVersion(
        name="v1",
        typings=Package(
            "npm",
            "@microsoft/microsoft-graph-types",
            "2.43.1",
            "microsoft-microsoft-graph-types-2.43.1.tgz",
            "08d8b5cac319e0af5415174ee5c7783de46992a0fd1a11e0aac118230a097625",
        ),
        sdk=Package(
            "pypi",
            "msgraph-sdk",
            "1.65.0",
            "msgraph_sdk-1.65.0-py3-none-any.whl",
            "543975b8ea5c6c94ac443be03a6f2429a6a6d7c1c4b90f08c382f211937f3dc1",
        ),
        models="msgraph/generated/models/",
    ),
)

SCALARS = {
    "get_str_value": "string",
    "get_bool_value": "boolean",
    "get_int_value": "int32",
    "get_float_value": "double",
    "get_datetime_value": "datetime",
    "get_date_value": "date",
    "get_time_value": "time",
    "get_timedelta_value": "duration",
    "get_uuid_value": "guid",
    "get_bytes_value": "binary",
}
ITEM_SCALARS = {
    "str": "string",
    "bool": "boolean",
    "int": "int32",
    "float": "double",
    "datetime.datetime": "datetime",
    "datetime.date": "date",
    "datetime.timedelta": "duration",
    "UUID": "guid",
    "bytes": "binary",
}
READ_ONLY_TEXT = re.compile(
    r"\bRead-?only\s*(?:[.;,]|$)"
    r"|\b(?:property|value|collection|field) is read-?only\b"
    r"|\bis (?:a )?read-?only(?: property)?\s*(?:[.;,]|$)",
    re.IGNORECASE,
)


class ContractError(Exception):
    """The packages, selection.json or overrides.json do not fit together."""


# --- npm typings ----------------------------------------------------------------------------------------------------


@dataclass
class Typing:
    """One interface of the .d.ts; properties: name -> (nullable, is array, documentation)."""

    properties: dict[str, tuple[bool, bool, str]] = field(default_factory=dict)


NAMESPACE = re.compile(r"export namespace ([\w.]+) \{$")
INTERFACE = re.compile(r"(?:export )?interface (\w+)(?: extends [\w.]+)? \{(\})?$")
MEMBER = re.compile(r'"?([\w@.]+)"?\??: (.*)$')


def parse_typings(text: str) -> dict[str, Typing]:
    """Interfaces by lower-case name, "namespace.name" for those inside a namespace."""
    found: dict[str, Typing] = {}
    namespace = ""
    current: Typing | None = None
    doc: list[str] = []
    lines = iter(text.splitlines())
    for raw in lines:
        line = raw.strip()
        if match := NAMESPACE.match(line):
            namespace = match[1].lower() + "."
        elif raw == "}" and current is None:
            namespace = ""
        elif match := INTERFACE.match(line):
            current = found[namespace + match[1].lower()] = Typing()
            if match[2]:
                current = None
            doc = []
        elif line.startswith(("//", "/*", "*")):
            doc.append(line.strip("/* "))
        elif line == "}":
            current = None
        elif current is not None and (match := MEMBER.match(line)):
            kind = match[2]
            while not kind.endswith(";"):
                kind += next(lines).strip()
            nullable = kind.startswith("NullableOption<")
            kind = kind.rstrip(";").removeprefix("NullableOption<") if nullable else kind.rstrip(";")
            current.properties[match[1]] = (nullable, kind.rstrip(">").endswith("[]"), " ".join(doc))
            doc = []
    return found


# --- PyPI models ----------------------------------------------------------------------------------------------------


@dataclass
class Field:
    reader: str  # Kiota reader, e.g. get_enum_value
    argument: str  # class read, "" for plain scalars
    writer: str  # Kiota writer, "" when the model never sends the property
    doc: str


@dataclass
class Model:
    name: str  # Graph name
    base: str | None  # module of the base model
    fields: dict[str, Field]
    modules: dict[str, str]  # class -> module
    derived: dict[str, str]  # Graph name -> module
    text: str


CLASS = re.compile(r"^class (\w+)\(([^)]*)\):", re.MULTILINE)
IMPORT = re.compile(r"from (\.+)([\w.]+) import (\w+)")
READER = re.compile(r'"([^"]+)": lambda n ?: setattr\(self, \'(\w+)\', n\.(\w+)\(([\w.]*)\)\)')
WRITER = re.compile(r'writer\.(write_\w+)\("([^"]+)"')
DOCUMENTED = re.compile(r"^    # (.*)\n    (\w+): ", re.MULTILINE)
DERIVED = re.compile(r'"#microsoft\.graph\.([\w.]+)"\.casefold\(\):\s+from (\.+)([\w.]+) import (\w+)')
ENUM_MEMBER = re.compile(r'^    \w+ = "([^"]*)",?$', re.MULTILINE)
MIXINS = {"AdditionalDataHolder", "BackedModel", "Parsable", "APIError"}


def lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]


def resolve(module: str, dots: str, path: str) -> str:
    """Module a relative import of `module` means ("" is the models package itself)."""
    parts = module.split(".")
    return ".".join([*parts[: len(parts) - len(dots)], *path.split(".")])


class Sdk:
    """Models of one wheel, read on demand."""

    def __init__(self, wheel: Path, prefix: str) -> None:
        self._zip = zipfile.ZipFile(wheel)
        self._prefix = prefix
        self._files = {
            n.removeprefix(prefix).removesuffix(".py").replace("/", "."): n
            for n in self._zip.namelist()
            if n.startswith(prefix) and n.endswith(".py")
        }
        self._by_name = {m.replace("_", "").lower(): m for m in self._files}
        self._models: dict[str, Model] = {}
        self._enums: dict[str, list[str]] = {}
        # every entity and most polymorphic complex types are named exactly as in Graph by a discriminator
        self._names: dict[str, str] = {}
        self.entities = self._derived("entity", self._text("entity"))
        self._names.update({module: name for name, module in self.entities.items()})

    def _text(self, module: str) -> str:
        return self._zip.read(self._files[module]).decode("utf-8")

    def _derived(self, module: str, text: str) -> dict[str, str]:
        found = {}
        for match in DERIVED.finditer(text):
            target = resolve(module, match[2], match[3])
            # Kiota mixes up classes of one name: "user" is mapped to security.user
            if "." not in match[1] and "." in target:
                target = self._by_name.get(match[1].lower(), target)
            found[match[1]] = target
        return found

    def module_of(self, graph_name: str) -> str | None:
        return self.entities.get(graph_name) or self._by_name.get(graph_name.replace("_", "").lower())

    def enum(self, module: str) -> list[str]:
        if module not in self._enums:
            self._enums[module] = ENUM_MEMBER.findall(self._text(module))
        return self._enums[module]

    def graph_name(self, module: str, class_name: str) -> str:
        if module in self._names:
            return self._names[module]
        *namespace, _file = module.split(".")
        camel = [re.sub(r"_(\w)", lambda m: m[1].upper(), part) for part in namespace]
        return ".".join([*camel, lower_first(class_name)])

    def model(self, module: str) -> Model:
        if module not in self._models:
            self._models[module] = self._parse(module)
        return self._models[module]

    def _parse(self, module: str) -> Model:
        text = self._text(module)
        head = CLASS.search(text)
        if head is None:
            raise ContractError(f"{module}: no class found")
        modules = self._imports(module, text)
        bases = [b.strip() for b in head[2].split(",") if b.strip() not in MIXINS]
        derived = self._derived(module, text)
        self._names.update({m: n for n, m in derived.items()})
        docs = {attribute: doc for doc, attribute in DOCUMENTED.findall(text)}
        writers = {m[2]: m[1] for m in WRITER.finditer(text)}
        fields = {
            m[1]: Field(m[3], m[4], writers.get(m[1], ""), docs.get(m[2], ""))
            for m in READER.finditer(text)
            if m[1] != "@odata.type"
        }
        base = modules[bases[0]] if bases else None
        return Model(self.graph_name(module, head[1]), base, fields, modules, derived, text)

    @staticmethod
    def _imports(module: str, text: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for match in IMPORT.finditer(text):
            target = resolve(module, match[1], match[2])
            # of two classes of one name the one of this very namespace is meant
            if target.count(".") <= found.get(match[3], target).count("."):
                found[match[3]] = target
        return found

    def is_entity(self, module: str) -> bool:
        current: str | None = module
        while current is not None:
            if current == "entity":
                return True
            current = self.model(current).base
        return False


# --- building one version -------------------------------------------------------------------------------------------


class Builder:
    """Schema of one Graph version, closed over bases, complex types and enums but not over navigation."""

    def __init__(
        self, sdk: Sdk, typings: dict[str, Typing], selection: dict[str, Any], overrides: dict[str, Any]
    ) -> None:
        self._sdk = sdk
        self._typings = typings
        self._only = selection["properties"]
        self._navigation = overrides["navigation"]
        self.types: dict[str, Any] = {}
        self.enums: dict[str, Any] = {}

    def add(self, module: str) -> str:
        model = self._sdk.model(module)
        if model.name in self.types:
            return model.name
        entity = self._sdk.is_entity(module)
        entry: dict[str, Any] = {"kind": "entity" if entity else "complex", "abstract": False}
        self.types[model.name] = entry  # before recursion: complex types refer to each other
        entry["base"] = self.add(model.base) if model.base else None
        entry["properties"], entry["navigation"] = self._members(model)
        if not entity:
            for derived in model.derived.values():
                self.add(derived)
        return model.name

    def _members(self, model: Model) -> tuple[dict[str, Any], dict[str, Any]]:
        typing = self._typings.get(model.name.lower(), Typing())
        wanted = self._only.get(model.name)
        properties: dict[str, Any] = {}
        navigation: dict[str, Any] = {}
        for name, member in model.fields.items():
            if wanted is not None and name not in wanted:
                continue
            known = typing.properties.get(name)
            module = model.modules.get(member.argument, "")
            to_entity = module and "enum" not in member.reader and self._sdk.is_entity(module)
            if to_entity or name in self._navigation.get(model.name, {}):
                target = self._sdk.model(module).name
                navigation[name] = {"type": target, "collection": "collection" in member.reader}
                continue
            kind, collection = self._kind(member, module, known)
            doc = member.doc + " " + (known[2] if known else "")
            properties[name] = {
                "type": kind,
                "collection": collection,
                "nullable": known[0] if known else None,
                "readonly": not member.writer or READ_ONLY_TEXT.search(doc) is not None,
            }
        return properties, navigation

    def _kind(self, member: Field, module: str, known: tuple[bool, bool, str] | None) -> tuple[str, bool]:
        collection = "collection" in member.reader
        if "enum" in member.reader:
            # Kiota reads a flags enum as a collection and writes it as one value
            written_as_list = "collection" in member.writer if member.writer else (known[1] if known else True)
            flags = collection and not written_as_list
            return "enum:" + self._enum(module, member.argument, flags), collection and not flags
        if member.reader in SCALARS:
            return SCALARS[member.reader], False
        if member.argument in ITEM_SCALARS:
            return ITEM_SCALARS[member.argument], collection
        if module:
            return "complex:" + self.add(module), collection
        return "untyped", collection

    def _enum(self, module: str, class_name: str, flags: bool) -> str:
        name = self._sdk.graph_name(module, class_name)
        entry = self.enums.setdefault(name, {"members": self._sdk.enum(module), "flags": False})
        entry["flags"] = entry["flags"] or flags
        return name


def selected(sdk: Sdk, selection: dict[str, Any], version: str) -> Iterator[str]:
    """Modules of the selected types; an expectation of selection.json that no longer holds is an error."""
    for name in selection["types"]:
        module = sdk.module_of(name)
        if module is None:
            raise ContractError(f"{version}: selected type {name} does not exist")
        yield module
    for name in selection["beta_only"]:
        module = sdk.module_of(name)
        if (module is None) == (version == "beta"):
            raise ContractError(f"{version}: {name} is listed in beta_only, which is no longer true")
        if module is not None:
            yield module
    for pattern in selection["patterns"]:
        for name in fnmatch.filter(sdk.entities, pattern):
            yield sdk.entities[name]


def override(types: dict[str, Any], overrides: dict[str, Any]) -> set[str]:
    """Apply overrides.json to the types of one version; returns the "type.property" keys that applied."""
    used: set[str] = set()
    for name, properties in overrides["navigation"].items():
        used |= {f"{name}.{prop}" for prop in properties if prop in types.get(name, {}).get("navigation", {})}
    for name in overrides["abstract"]:
        if name in types:
            types[name]["abstract"] = True
            used.add(name)
    for attribute, facts in overrides["properties"].items():
        for name, properties in facts.items():
            for prop, (value, _source) in properties.items():
                entry = types.get(name, {}).get("properties", {}).get(prop)
                if entry is not None:
                    entry[attribute] = value
                    used.add(f"{name}.{prop}.{attribute}")
    for name, added in overrides["added"].items():
        if name in types:
            for prop, entry in added.items():
                types[name]["properties"][prop] = {k: v for k, v in entry.items() if k != "source"}
                used.add(f"{name}.{prop}")
    return used


def override_keys(overrides: dict[str, Any]) -> set[str]:
    keys = set(overrides["abstract"])
    for attribute, facts in overrides["properties"].items():
        keys |= {f"{name}.{prop}.{attribute}" for name, properties in facts.items() for prop in properties}
    for section in ("added", "navigation"):
        keys |= {f"{name}.{prop}" for name, properties in overrides[section].items() for prop in properties}
    return keys


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def typings_of(package: Path) -> dict[str, Typing]:
    with tarfile.open(package) as archive:
        member = archive.extractfile("package/microsoft-graph.d.ts")
        if member is None:
            raise ContractError(f"{package.name}: no microsoft-graph.d.ts inside")
        return parse_typings(member.read().decode("utf-8"))


def build(source: Path) -> dict[str, dict[str, Any]]:
    """File name -> content without provenance, for every Graph version."""
    selection, overrides = load(SELECTION), load(OVERRIDES)
    built: dict[str, dict[str, Any]] = {}
    used: set[str] = set()
    for version in VERSIONS:
        for package in (version.typings, version.sdk):
            verify(source / package.file, package)
        sdk = Sdk(source / version.sdk.file, version.models)
        builder = Builder(sdk, typings_of(source / version.typings.file), selection, overrides)
        for module in selected(sdk, selection, version.name):
            builder.add(module)
        used |= override(builder.types, overrides)
        built[f"{version.name}.json"] = {"enums": builder.enums, "types": builder.types}
    if stale := override_keys(overrides) - used:
        raise ContractError("overrides.json names what no version has: " + ", ".join(sorted(stale)))
    return built


def provenance(version: GraphVersion) -> dict[str, Any]:
    packages = (version.typings, version.sdk)
    return {
        "packages": {p.name: p.version for p in packages},
        "package_sha256": {p.file: p.sha256 for p in packages},
        "generator_sha256": sha256(Path(__file__)),
        "selection_sha256": sha256(SELECTION),
        "overrides_sha256": sha256(OVERRIDES),
    }


def render(content: dict[str, Any], origin: dict[str, Any], date: str) -> str:
    document = {"provenance": origin | {"generated": date}, **content}
    return compact(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)) + "\n"


def compact(text: str) -> str:
    """Put every innermost object or list on one line: a property is then one line of a diff."""
    return re.sub(
        r"([\[{])\n([^\[\]{}]*?)\n\s*([\]}])", lambda m: m[1] + re.sub(r"\n\s*", " ", m[2].strip()) + m[3], text
    )


# --- packages -------------------------------------------------------------------------------------------------------


def packages() -> Iterator[Package]:
    for version in VERSIONS:
        yield version.typings
        yield version.sdk


def verify(path: Path, package: Package) -> None:
    if not path.is_file():
        raise ContractError(f"{path} is missing (fetch it with --download)")
    if sha256(path) != package.sha256:
        raise ContractError(f"{path} is not the pinned {package.name} {package.version} (SHA-256 differs)")


def run(command: list[str], cwd: Path | None = None) -> str:
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


def download(cache: Path) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    for package in packages():
        if (cache / package.file).is_file():
            continue
        if package.registry == "npm":
            run(["npm", "pack", "--silent", f"{package.name}@{package.version}"], cwd=cache)
        else:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
            run([*pip, f"{package.name}=={package.version}"], cwd=cache)


def newest(package: Package) -> str:
    if package.registry == "npm":
        return run(["npm", "view", "--silent", package.name, "dist-tags.latest"]).strip()
    listing = run([sys.executable, "-m", "pip", "index", "versions", package.name])
    match = re.search(r"\(([^)]+)\)", listing)
    if match is None:
        raise ContractError(f"pip names no version of {package.name}")
    return match[1]


def report_newest() -> int:
    outdated = 0
    for package in packages():
        latest = newest(package)
        outdated += latest != package.version
        note = "is the newest" if latest == package.version else f"is pinned, {latest} is published"
        print(f"{package.name}: {package.version} {note}")
    return 1 if outdated else 0


# --- command line ---------------------------------------------------------------------------------------------------


def outputs(source: Path) -> Iterable[tuple[Path, str]]:
    """Target and text of each file; the date of a committed file stays unless its content changed."""
    built = build(source)
    for version in VERSIONS:
        target = HERE / f"{version.name}.json"
        content, origin = built[target.name], provenance(version)
        date = datetime.date.today().isoformat()
        if target.is_file():
            old = load(target)["provenance"].get("generated", date)
            if render(content, origin, old) == target.read_text(encoding="utf-8"):
                date = old
        yield target, render(content, origin, date)


def main() -> int:
    parser = argparse.ArgumentParser(description="Generate the Graph schema data of the emulated tenant.")
    origin = parser.add_mutually_exclusive_group()
    origin.add_argument(
        "--from", dest="source", type=Path, metavar="DIR", help="use the packages downloaded to DIR, no network"
    )
    origin.add_argument(
        "--download",
        type=Path,
        metavar="DIR",
        help="fetch the pinned packages DIR does not have yet (default DIR: .build/contract)",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a committed file differs")
    parser.add_argument("--newest", action="store_true", help="say whether newer packages are published; exit 1 if so")
    arguments = parser.parse_args()
    if arguments.newest:
        return report_newest()
    source = arguments.source
    if source is None:
        source = arguments.download or CACHE
        download(source)
    status = 0
    for target, text in outputs(source):
        same = target.is_file() and target.read_text(encoding="utf-8") == text
        if arguments.check:
            print(f"{target.name}: {'up to date' if same else 'STALE'}")
            status |= not same
        else:
            target.write_text(text, encoding="utf-8")
            print(f"{target.name}: {'unchanged' if same else 'written'}, {len(text) // 1000} kB")
    return status


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ContractError, subprocess.CalledProcessError) as problem:
        detail = getattr(problem, "stderr", "") or ""
        sys.exit(f"generate.py: {problem}\n{detail}".rstrip())
