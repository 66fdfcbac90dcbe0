"""The looks of a page, light, dark and on a phone, and what axe finds wrong with one."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

LOOKS: dict[str, tuple[str, tuple[int, int]]] = {
    "light": ("light", (1280, 720)),
    "dark": ("dark", (1280, 720)),
    "phone": ("light", (390, 844)),
}
# A colour that is on its way to another is none that anybody reads; what turns for ever is not waited for, nor for long
# what says that it ends and does not (daisyUI gives an open dialog one whose time is infinite).
STILL = """async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const ends = (one) => one.effect?.getComputedTiming().endTime !== Infinity;
    const still = Promise.allSettled(document.getAnimations().filter(ends).map((one) => one.finished));
    await Promise.race([still, new Promise((done) => setTimeout(done, 2000))]);
}"""
VIOLATIONS = "async () => (await axe.run({ resultTypes: ['violations'] })).violations"


def look_at(page: Page, look: str) -> None:
    """The open page in another of the LOOKS, once it has come to rest."""
    scheme, (width, height) = LOOKS[look]
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(STILL)


def violations(page: Page) -> list[str]:
    """What axe, with all its rules, finds wrong with the page as it looks now. The page's policy must be bypassed."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found: list[dict[str, Any]] = page.evaluate(VIOLATIONS)
    return [
        f"{one['id']} ({one['impact']}): {'; '.join(node['html'][:160] for node in one['nodes'][:3])}" for one in found
    ]
