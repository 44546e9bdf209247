# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A secret in every option that takes one, and what can be found of it afterwards."""

from __future__ import annotations

import base64
import importlib
import json
import pkgutil
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import psutil

from ansible_collections.mobilesec.intune.plugins import modules

Json = dict[str, Any]
TOKEN = re.compile(rb"eyJ[\w-]{20,}\.[\w-]{20,}\.")
# What the forms of a secret in other encodings have to be longer than, so that chance finds none.
_SHORTEST = 12


def secret(number: int) -> str:
    """A secret with characters that URLs, JSON and shells spell otherwise."""
    return f'cAn4ry{number:03d}/+&="%ü  secret{number:03d}end'


def forms(text: str) -> dict[str, bytes]:
    """How a secret can appear, by name."""
    found = {
        "plain": text,
        "URL": quote(text, safe=""),
        "URL form": quote_plus(text),
        "JSON": json.dumps(text)[1:-1],
        "JSON twice": json.dumps(json.dumps(text))[3:-3],
        "repr": repr(text)[1:-1],
    }
    result = {name: form.encode() for name, form in found.items()}
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + text.encode())
        # The first and last characters depend on what stands beside.
        core = encoded[4 if shift else 0 : -4]
        assert len(core) > _SHORTEST
        result[f"base64, {shift}"] = core
    # The part without any special character is the same in every form but base64.
    result["core"] = text.rpartition(" ")[2].encode()
    return result


def secret_options() -> dict[str, list[str]]:
    """Module -> the dotted names of its secret options."""
    names = sorted(item.name for item in pkgutil.iter_modules(modules.__path__))
    prefix = modules.__name__
    return {name: list(_secrets(importlib.import_module(f"{prefix}.{name}").MODULE.spec)) for name in names}


def _secrets(spec: Json, path: tuple[str, ...] = ()) -> Iterator[str]:
    for name, option in spec.items():
        if option.get("no_log"):
            yield ".".join((*path, name))
        yield from _secrets(option.get("options") or {}, (*path, name))


@contextmanager
def watched(folder: Path) -> Iterator[list[bytes]]:
    """Meanwhile, the arguments of all processes, and the contents of the files in a folder, are collected.

    Emulated tenants are left out, also those of tests that run beside this one: their secret is an argument.
    """
    seen: dict[bytes, None] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            for process in psutil.process_iter():
                try:
                    arguments = process.cmdline()
                    if not any(argument.endswith("/tests/emulator") for argument in arguments):
                        seen[" ".join(arguments).encode()] = None
                except psutil.Error:
                    continue
            for path in folder.rglob("*") if folder.exists() else ():
                try:
                    if path.is_file():
                        seen[path.read_bytes()] = None
                except OSError:
                    continue
            over.wait(0.05)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    found: list[bytes] = []
    try:
        yield found
    finally:
        over.set()
        thread.join()
        found += seen


def leaks(secrets: dict[str, str], places: dict[str, bytes]) -> list[str]:
    """Which secret stands in which place, in which form."""
    return [
        f"{name} ({form}) in {place}: {_around(content, needle)}"
        for place, content in places.items()
        for name, text in secrets.items()
        for form, needle in forms(text).items()
        if needle in content
    ]


def _around(content: bytes, needle: bytes) -> str:
    place = content.index(needle)
    return content[max(0, place - 80) : place + 20].decode(errors="replace")
