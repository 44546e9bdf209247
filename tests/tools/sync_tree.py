# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mirror the checkout into a directory whose path ends in ansible_collections/mobilesec/intune.

Ansible and its tools find a collection by that path only, and a checkout may lie anywhere. Copied are the files that
git tracks or would track; without git, everything but the usual by-products. What is gone from the checkout goes from
the mirror too. Usage: sync_tree.py CHECKOUT MIRROR
"""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path

BY_PRODUCTS = {
    ".ansible",
    ".build",
    ".git",
    ".hypothesis",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    "__pycache__",
    "dist",
}
# Written into the mirror by the tools that run there, and of use to their next run or to one that is under way.
KEPT = {
    ".ansible",
    ".git",
    ".hypothesis",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "__pycache__",
    "tests/integration/integration_config.yml",
    "tests/output",
}


def files_of_git(checkout: Path) -> set[str] | None:
    """Return the paths git tracks or would track, relative to the checkout; None where it cannot tell."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=checkout, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    paths = {os.fsdecode(path) for path in listing.split(b"\0") if path}
    # A checkout unpacked inside some other repository is not what that repository lists.
    return paths if "galaxy.yml" in paths else None


def files_of_walk(checkout: Path) -> set[str]:
    """Return all paths relative to the checkout, without by-products."""
    paths = set()
    for directory, subdirectories, names in os.walk(checkout):
        subdirectories[:] = [name for name in subdirectories if name not in BY_PRODUCTS]
        paths |= {os.path.relpath(os.path.join(directory, name), checkout) for name in names}
    return {path for path in paths if not path.startswith("tests/output/")}


def copy(source: Path, target: Path) -> None:
    """Copy a file with its mode and times, unless the target is the same already."""
    if target.is_symlink() or target.is_dir() or (source.is_symlink() and target.exists()):
        remove(target)
    if source.is_symlink() or not target.exists() or not filecmp.cmp(source, target):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)
    elif source.stat().st_mode != target.stat().st_mode:
        shutil.copymode(source, target)


def remove(path: Path) -> None:
    """Remove a file or a directory with all that is in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def remove_vanished(mirror: Path, wanted: set[str]) -> None:
    """Remove from the mirror what is neither wanted, nor leads to something wanted, nor is kept for a tool."""
    directories = {str(parent) for path in wanted for parent in Path(path).parents}
    for directory, subdirectories, names in os.walk(mirror):
        for name in [*subdirectories, *names]:
            path = Path(directory, name)
            relative = str(path.relative_to(mirror))
            if name in KEPT or relative in KEPT:
                if name in subdirectories:
                    subdirectories.remove(name)
            elif relative not in wanted and relative not in directories:
                if name in subdirectories:
                    subdirectories.remove(name)
                remove(path)


def start_repository(mirror: Path) -> None:
    """Make the copy a git repository, since ansible-test asks git for the files and the checkout ignores the copy."""
    if not (mirror / ".git").exists() and shutil.which("git"):
        subprocess.run(["git", "init", "--quiet", "--template=", "--initial-branch=main", str(mirror)], check=True)


def main() -> None:
    """Bring the mirror up to date."""
    checkout, mirror = (Path(argument).resolve() for argument in sys.argv[1:])
    listed = files_of_git(checkout)
    if listed is None:
        listed = files_of_walk(checkout)
    # git lists tracked files that were deleted, and submodules as directories.
    wanted = {path for path in listed if (checkout / path).is_symlink() or (checkout / path).is_file()}
    mirror.mkdir(parents=True, exist_ok=True)
    start_repository(mirror)
    remove_vanished(mirror, wanted)
    for path in sorted(wanted):
        copy(checkout / path, mirror / path)


if __name__ == "__main__":
    main()
