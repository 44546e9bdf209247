# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that options name: what is read of them, and where a task may write.

It writes never through a link, and into a directory of others only when the task says so.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from .errors import InvalidOptions

# Bytes of a file that is sent; Intune takes less.
_LARGEST = 16 << 20


def place(dest: str) -> str:
    """Return the path of dest; links on the way to it are followed, dest itself is taken as it is."""
    path = os.path.abspath(os.path.expanduser(dest))
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def refuse_link(path: str, what: str = "file", option: str = "dest") -> None:
    if os.path.islink(path):
        raise InvalidOptions(f"{option}: '{path}' is a symbolic link. Give the path of the {what} itself.")


def refuse_no_file(path: str, option: str = "dest") -> None:
    """Refuse what exists and is no file: a file would take its place, and a pipe may never be read to its end."""
    refuse_link(path, option=option)
    if os.path.isdir(path):
        raise InvalidOptions(f"{option}: '{path}' is a directory. Give the path of a file.")
    if os.path.exists(path) and not os.path.isfile(path):
        raise InvalidOptions(
            f"{option}: '{path}' is a device, pipe or socket, which would be replaced. Give the path of a file."
        )


def refuse_shared(folder: str, may_be_shared: bool, option: str = "dest") -> None:
    """Refuse a directory that others can write to. The group of a user's own is the user alone on most systems."""
    found = os.stat(folder)
    is_shared = found.st_mode & stat.S_IWOTH or (found.st_mode & stat.S_IWGRP and found.st_gid != os.getegid())
    if is_shared and not may_be_shared:
        further = ", or set shared_directory=true" if option == "dest" else ""
        raise InvalidOptions(
            f"{option}: other users can write to the directory '{folder}'. Use a directory of your own{further}."
        )


def content(option: str, path: str) -> bytes:
    """Return what is in a file that an option names. Raises InvalidOptions."""
    try:
        with open(path, "rb") as file:
            found = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidOptions(
            f"{option} {os.path.abspath(path)} cannot be read: {reason}. This task wrote nothing."
        ) from None
    if len(found) > _LARGEST:
        raise InvalidOptions(
            f"{option} {os.path.abspath(path)} has more than {_LARGEST >> 20} MB, which is no such file. "
            "This task wrote nothing."
        )
    return found


@contextmanager
def replaced(path: str) -> Iterator[TextIO]:
    """A new file that only its owner can read, and that takes the place of path in one step when all is written.

    Raises OSError.
    """
    handle, draft = tempfile.mkstemp(prefix=".", suffix=os.path.splitext(path)[1], dir=os.path.dirname(path))
    try:
        with open(handle, "w", encoding="utf-8") as file:
            yield file
        os.replace(draft, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(draft)
        raise
