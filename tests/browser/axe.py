"""axe-core in the page that is open: names, roles, contrast, reach of the keyboard."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

SETTLE_COLOURS = """() => document.getAnimations()
  .filter((each) => each instanceof CSSTransition).forEach((each) => each.finish())"""
"""Or a contrast is measured half-way from one theme to the other."""
VIOLATIONS = "axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)"


def findings(page: Page) -> list[str]:
    """What axe-core finds on the page as it is: a text for each element."""
    page.evaluate(SETTLE_COLOURS)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
        for violation in page.evaluate(VIOLATIONS)
        for node in violation["nodes"]
    ]
