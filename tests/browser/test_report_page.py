# Copyright (c) 2026, the mobilesec.intune authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the report in a real browser: `make browser`, which keeps screenshots in .build/browser."""

from __future__ import annotations

import base64
import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys

from tests.unit.plugins.filter.report_data import READ, past, report

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
SCHEMES = ("light", "dark")
PAGES = {"findings": (READ, past(48, 55, 61, 60, 72, 78, 84)), "nothing": ({}, None)}
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="Chromium is not installed: apt-get install chromium chromium-driver"
)

# Letters that no installed font has are drawn as the one for an unassigned code point.
MISSING_GLYPHS = """
const canvas = document.createElement("canvas"), pen = canvas.getContext("2d", {willReadFrequently: true});
canvas.width = canvas.height = 40;
function drawn(letter, font) {
  pen.clearRect(0, 0, 40, 40); pen.font = font; pen.fillText(letter, 5, 30);
  return canvas.toDataURL();
}
const font = "24px " + getComputedStyle(document.body).fontFamily, none = drawn("\\u{10FFFF}", font);
return [...new Set(document.body.innerText)].filter(letter => letter.trim() && drawn(letter, font) === none);
"""
# The contrast of texts and bars of the charts, which axe does not look at.
CONTRASTS = """
function channels(color) { return color.match(/[\\d.]+/g).slice(0, 3).map(Number); }
function luminance(color) {
  const [r, g, b] = channels(color).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(one, two) {
  const [dark, light] = [luminance(one), luminance(two)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}
return [...document.querySelectorAll("svg text, svg .bar rect, svg .line.reactive, .actions > li")].map(item => {
  const card = getComputedStyle(item.closest(".card")).backgroundColor, style = getComputedStyle(item);
  const color = item.matches(".line") ? style.stroke : item.matches("li") ? style.color : style.fill;
  return {what: item.textContent, contrast: contrast(color, card), isText: item.tagName === "text"};
});
"""
# The focused element, and whether it can be seen that it is.
FOCUSED = """
const item = document.activeElement, box = item.getBoundingClientRect();
return [item.outerHTML.slice(0, 80), getComputedStyle(item).outlineStyle !== "none" && box.left >= 0 && box.width > 0];
"""
AXE = """
const done = arguments[arguments.length - 1];
const shown = node => node.target + " " + node.failureSummary;
axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}).then(
  found => done(found.violations.map(one => one.id + ": " + one.nodes.map(shown))));
"""


def axe_script() -> str:
    found = importlib.util.find_spec("axe_core_python")
    assert found
    assert found.origin
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


class Browser:
    def __init__(self, profile: Path) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = str(CHROMIUM)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        self.driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
        self.output = Path(os.environ.get("BROWSER_OUTPUT") or profile.parent)
        self.output.mkdir(parents=True, exist_ok=True)

    def cdp(self, command: str, **parameters: Any) -> Any:
        return self.driver.execute_cdp_cmd(command, parameters)

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def open(self, path: Path, scheme: str = "light", width: int = 1200, media: str = "") -> None:
        self.cdp(
            "Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}]
        )
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.driver.get(path.as_uri())

    def messages(self) -> list[Any]:
        return list(self.driver.get_log("browser"))

    def screenshot(self, name: str, height: int | None = None) -> None:
        size = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": height or size["height"], "scale": 1}
        shot = self.cdp("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        (self.output / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    made = Browser(tmp_path_factory.mktemp("profile"))
    yield made
    made.driver.quit()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    for name, (found, history) in PAGES.items():
        (folder / f"{name}.html").write_text(report(found, history)["files"]["html"], encoding="utf-8")
    return {name: folder / f"{name}.html" for name in PAGES}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_readable(browser: Browser, pages: dict[str, Path], name: str, scheme: str) -> None:
    browser.open(pages[name], scheme)
    assert browser.messages() == []
    assert browser.run("return performance.getEntriesByType('resource').map(one => one.name)") == []
    assert browser.run(MISSING_GLYPHS) == []
    low = [item for item in browser.run(CONTRASTS) if item["contrast"] < (4.5 if item["isText"] else 3)]
    assert low == []
    browser.run(axe_script())
    assert browser.driver.execute_async_script(AXE) == []
    browser.screenshot(f"{name}-{scheme}")


def test_light_and_dark_differ(browser: Browser, pages: dict[str, Path]) -> None:
    colours = []
    for scheme in SCHEMES:
        browser.open(pages["findings"], scheme)
        colours.append(browser.run("return getComputedStyle(document.body).backgroundColor"))
    assert len(set(colours)) == 2


def test_all_can_be_reached_with_the_keyboard(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["findings"])
    expected = browser.run("return document.querySelectorAll('a, [tabindex]').length")
    reached = []
    for _number in range(expected):
        browser.driver.switch_to.active_element.send_keys(Keys.TAB)
        reached.append(browser.run(FOCUSED))
    assert "#content" in reached[0][0]
    assert [text for text, is_visible in reached if not is_visible] == []
    assert len({text for text, _is_visible in reached}) == expected


@pytest.mark.parametrize("width", [360, 768])
def test_a_small_screen_needs_no_scrolling_sideways(browser: Browser, pages: dict[str, Path], width: int) -> None:
    browser.open(pages["findings"], width=width)
    assert browser.run("return document.documentElement.scrollWidth") <= width
    browser.screenshot(f"findings-{width}")


def test_paper_is_white_and_has_all(browser: Browser, pages: dict[str, Path]) -> None:
    browser.open(pages["findings"], "dark", media="print")
    assert browser.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.run("return getComputedStyle(document.querySelector('nav')).display") == "none"
    assert (
        browser.run(
            "return [...document.querySelectorAll('.scroll')].filter(i => i.scrollWidth > i.clientWidth).length"
        )
        == 0
    )
    (browser.output / "findings.pdf").write_bytes(base64.b64decode(browser.driver.print_page()))
