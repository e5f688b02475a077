"""Looks for what people with other eyes, ears and hands would trip over: axe-core, in the page."""

import json
from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.support.processes import REPOSITORY

AXE = REPOSITORY / "ui" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")


def violations(page: Page, within: str = "body", *, ignored: tuple[str, ...] = ()) -> list[str]:
    """Name what is seriously wrong in a page or a part of it, a line each: the rule, what it asks, where.

    `ignored` are ids of rules, for what a test knows better.
    """
    options = {"resultTypes": ["violations"], "rules": {rule: {"enabled": False} for rule in ignored}}
    # The debugger's own door: the page's policy lets in no script but the server's.
    debugger = page.context.new_cdp_session(page)
    try:
        _evaluate(debugger, _source())
        found = _evaluate(debugger, f"axe.run({json.dumps(within)}, {json.dumps(options)})")
    finally:
        debugger.detach()
    return [
        f"{violation['id']}: {violation['help']} at {node['target']}: {node['html'][:200]}"
        for violation in found["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def _evaluate(debugger: Any, expression: str) -> Any:  # Any: playwright's session, and JSON
    answer = debugger.send("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
    assert "exceptionDetails" not in answer, answer["exceptionDetails"]
    return answer["result"].get("value")


@cache
def _source() -> str:
    return AXE.read_text(encoding="utf-8") + "; undefined"
