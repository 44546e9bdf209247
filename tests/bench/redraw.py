# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw the charts of docs/bench anew from the figures there. Usage: redraw.py DIRECTORY"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.bench import fleet, tasks
from tests.bench.chart import draw


def main() -> int:
    folder = Path(sys.argv[1])
    runs = [fleet.Run(**run) for run in json.loads((folder / "fleet.json").read_text(encoding="utf-8"))["runs"]]
    draw(fleet.panels(runs), folder, "fleet")
    draw(tasks.panels(json.loads((folder / "tasks.json").read_text(encoding="utf-8"))), folder, "tasks")
    return 0


if __name__ == "__main__":
    sys.exit(main())
