# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing devices to a file: JSON Lines or CSV, a page at a time, instead of the old file only when all is written."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

from .._engine.errors import InvalidOptions
from .._engine.files import place, refuse_no_file, refuse_shared
from .._graph.errors import IntuneError

FORMATS = ("json_lines", "csv")
_MODE = 0o600
# Devices are read from JSON, so no value holds itself.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
Devices = Sequence[dict[str, Any]]


def json_lines(devices: Devices) -> str:
    """Return the lines of devices, each an object."""
    return "".join(f"{_ENCODER.encode(device)}\n" for device in devices)


def comma_separated(devices: Devices) -> str:
    """Return the rows of devices. No value is an empty cell; lists and objects are JSON."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(map(_cell, device.values()) for device in devices)
    return text.getvalue()


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else _ENCODER.encode(value)


class Output:
    """The file at dest, replaced on leaving the context, unless by an exception or in check mode.

    It counts as changed when other lines are in it than before, in whatever order: pages come as they come.
    """

    def __init__(
        self, dest: str, file_format: str, names: Sequence[str], check_mode: bool, may_be_shared: bool = False
    ) -> None:
        self._path = place(dest)
        self._encode = comma_separated if file_format == "csv" else json_lines
        self._header = f"{','.join(names)}\n" if file_format == "csv" else ""
        self._check_mode = check_mode
        self._may_be_shared = may_be_shared
        self._new = Lines()
        self._old = Lines()
        self._had_mode = _MODE
        self._file: Any = None
        self._temporary = ""
        self._look()

    def _look(self) -> None:
        """Refuse a place where no file can be written, or not safely, before anything is read from Graph."""
        folder = os.path.dirname(self._path)
        refuse_no_file(self._path)
        if not os.path.isdir(folder):
            raise InvalidOptions(f"dest: the directory '{folder}' does not exist. Create it first.")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise InvalidOptions(f"dest: you may not write to the directory '{folder}'. Use another one.")
        refuse_shared(folder, self._may_be_shared)

    def __enter__(self) -> Output:
        with _explained(self._path):
            if os.path.exists(self._path):
                self._had_mode = os.lstat(self._path).st_mode & 0o777
                self._old.read(self._path)
            if not self._check_mode:
                handle, self._temporary = tempfile.mkstemp(
                    prefix=f".{os.path.basename(self._path)}.", dir=os.path.dirname(self._path)
                )
                self._file = open(handle, "wb")
        self._write(self._header)
        return self

    def add(self, devices: Devices) -> None:
        """Write the devices of a page as users see them."""
        self._write(self._encode(devices))

    def _write(self, text: str) -> None:
        # Half of a surrogate pair is no character, but JSON can hold it.
        data = text.encode("utf-8", "backslashreplace")
        if self._old.exists:
            self._new.add(data)
        self._new.size += len(data)
        if self._file:
            with _explained(self._path):
                self._file.write(data)

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._file:
            return
        try:
            with _explained(self._path):
                self._file.close()
                if error_type is None and self.changed:
                    os.replace(self._temporary, self._path)
                    self._temporary = ""
        finally:
            if self._temporary:
                with contextlib.suppress(OSError):
                    os.unlink(self._temporary)

    @property
    def changed(self) -> bool:
        return not self._old.exists or self._had_mode != _MODE or not self._new.same_as(self._old)

    def diff(self) -> dict[str, Any]:
        """Return how the file changes, without the devices in it."""
        before: dict[str, Any] = {"state": "absent"}
        if self._old.exists:
            before = {"state": "file", "mode": f"{self._had_mode:04o}", "size": self._old.size, "content": "old"}
        after = (
            {"state": "file", "mode": f"{_MODE:04o}", "size": self._new.size, "content": "new"}
            if self.changed
            else before
        )
        return {"before_header": self._path, "after_header": self._path, "before": before, "after": after}


def output_of(names: Sequence[str], params: Mapping[str, Any], check_mode: bool) -> Output | None:
    """Return the file that the options ask for, if they do. Raises InvalidOptions."""
    dest, form = params.get("dest"), params.get("format")
    if form and not dest:
        raise InvalidOptions("format goes with dest: it is the format of the file.")
    if dest and params.get("gather") == "summary":
        raise InvalidOptions("dest and gather=summary exclude each other. The summary is returned with dest, too.")
    # The name of a file asks for its format.
    by_name = "csv" if str(dest).lower().endswith(".csv") else "json_lines"
    return Output(dest, form or by_name, names, check_mode, bool(params.get("shared_directory"))) if dest else None


def outcome(output: Output | None, diff_mode: bool) -> dict[str, Any]:
    """Return what the result of a task says about its file, if it has one."""
    diff = {"diff": output.diff()} if output and diff_mode else {}
    return {"changed": bool(output and output.changed), **diff}


class Lines:
    """What lines a file has, without their order and without keeping them: their number, and the sum of their
    hashes.
    """

    def __init__(self) -> None:
        self.exists = False
        self.size = 0
        self.count = 0
        self._sum = 0

    def add(self, data: bytes) -> None:
        lines = data.split(b"\n")
        self.count += len(lines) - 1
        self._sum += sum(map(hash, lines))

    def read(self, path: str) -> None:
        self.exists = True
        # Not through a link that somebody put there since.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            rest = b""
            while True:
                block = file.read(1 << 20)
                self.size += len(block)
                if not block:
                    break
                whole, end, tail = block.rpartition(b"\n")
                if end:
                    self.add(rest + whole + end)
                    rest = tail
                else:
                    rest += block
            if rest:
                self.add(rest)

    def same_as(self, other: Lines) -> bool:
        return (self.size, self.count, self._sum) == (other.size, other.count, other._sum)


@contextlib.contextmanager
def _explained(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise IntuneError(f"{path} cannot be written: {error.strerror or error}. It was left as it was.") from None
