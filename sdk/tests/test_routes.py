# No `from __future__ import annotations`: FastAPI reads the annotations of functions inside of tests.
import functools
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import trilha
from fastapi import APIRouter, FastAPI, Request
from fastapi.testclient import TestClient
from flask import Blueprint, Flask
from flask import request as flask_request
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import JSONResponse
from starlette.routing import Route
from trilha.testing import InMemory, in_memory
from trilha.tracing.asgi import TracingMiddleware
from trilha.tracing.wsgi import TracingMiddleware as WsgiMiddleware


@pytest.fixture(name="told")
def _told() -> Iterator[InMemory]:
    with in_memory() as told:
        yield told


@pytest.mark.parametrize("is_outside", [True, False])
@pytest.mark.parametrize("is_async", [True, False])
def test_trace_stands_on_either_side_of_a_route_of_fastapi(told: InMemory, *, is_outside: bool, is_async: bool) -> None:
    app = FastAPI()

    async def chat(request: Request, message: str, top: int = 3) -> dict[str, int]:
        trilha.update_current_trace(tags={"seen": "yes"})
        return {"top": top}

    def chat_sync(request: Request, message: str, top: int = 3) -> dict[str, int]:
        trilha.update_current_trace(tags={"seen": "yes"})
        return {"top": top}

    handler: Any = chat if is_async else chat_sync
    trace, post = trilha.trace(name="chat"), app.post("/chat")
    _ = trace(post(handler)) if is_outside else post(trace(handler))
    answer = TestClient(app).post("/chat?message=hi&top=5", headers={"authorization": "Bearer x"})
    assert (answer.status_code, answer.json()) == (200, {"top": 5})
    span = told.span("chat")
    assert span.inputs["message"] == "hi"
    assert (span.inputs["request"]["method"], span.inputs["request"]["path"]) == ("POST", "/chat")
    assert "authorization" not in span.inputs["request"]["headers"]
    assert span.trace.tags == {"seen": "yes"}


@pytest.mark.parametrize("is_included_before", [True, False])
def test_routes_of_routers_are_found_before_and_after_they_are_included(
    told: InMemory, *, is_included_before: bool
) -> None:
    app, router = FastAPI(), APIRouter()
    if is_included_before:
        app.include_router(router, prefix="/api")

    @trilha.trace
    @router.get("/a")
    def handler() -> int:
        return 1

    if not is_included_before:
        app.include_router(router, prefix="/api")
    assert TestClient(app).get("/api/a").json() == 1
    assert told.names == ["handler"]


def test_routes_of_starlette_are_found(told: InMemory) -> None:
    async def home(request: StarletteRequest) -> JSONResponse:
        return JSONResponse({})

    app = Starlette(routes=[Route("/", home)])
    trilha.trace(home)
    assert TestClient(app).get("/").status_code == 200
    assert told.names == ["home"]


@pytest.mark.parametrize("is_blueprint", [True, False])
def test_routes_of_flask_are_found(told: InMemory, *, is_blueprint: bool) -> None:
    app, blueprint = Flask("app"), Blueprint("b", "b")

    @trilha.trace
    @(blueprint if is_blueprint else app).route("/f")
    def view() -> str:
        return "ok"

    if is_blueprint:
        app.register_blueprint(blueprint)
    assert app.test_client().get("/f").text == "ok"
    assert told.names == ["view"]


def test_a_request_of_flask_is_kept_as_the_one_that_it_stands_for(told: InMemory) -> None:
    app = Flask("app")

    @trilha.trace
    def view(request: Any) -> str:
        return "ok"

    app.post("/f")(lambda: view(flask_request))
    app.test_client().post("/f?key=hunter2", headers={"authorization": "hunter2", "x-request-id": "r-1"})
    request = told.span("view").inputs["request"]
    assert (request["method"], request["path"], request["headers"]["x-request-id"]) == ("POST", "/f", "r-1")
    assert "hunter2" not in str(request)


def test_a_request_of_the_applications_own_class_is_a_request(told: InMemory) -> None:
    class TenantRequest(StarletteRequest):
        pass

    @trilha.trace
    def view(request: StarletteRequest) -> None: ...

    view(TenantRequest({"type": "http", "method": "GET", "path": "/a", "headers": [], "server": ("h", 80)}))
    assert told.span("view").inputs == {"request": {"method": "GET", "path": "/a", "headers": {}}}


def test_a_route_that_cannot_be_traced_is_told_loudly(told: InMemory, caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI()

    def other(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return wrapped

    @trilha.trace
    @other
    @app.get("/")
    def handler() -> int:
        return 1

    assert "NOT traced" in caplog.text
    assert caplog.records[0].levelno == logging.WARNING


def test_asgi_middleware_takes_context_session_user_and_request_id(told: InMemory) -> None:
    app = FastAPI()
    app.add_middleware(TracingMiddleware, session_header="X-Chat", root_span=True)  # pyright: ignore[reportArgumentType]

    @app.get("/a")
    @trilha.trace
    async def handler() -> int:
        return 1

    headers = {"x-chat": "s", "x-user-id": "u", "x-request-id": "r", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    assert TestClient(app).get("/a", headers=headers).json() == 1
    assert told.tree() == [["GET /a", ["handler"]]]
    trace = told.traces[0]
    assert (told.roots[0].trace_id, told.roots[0].parent_id) == ("tr-" + "a" * 32, "b" * 16)
    assert (trace.metadata["mlflow.trace.session"], trace.metadata["mlflow.trace.user"]) == ("s", "u")
    assert trace.client_request_id == "r"
    assert told.roots[0].get_attribute("http.response.status_code") == 200


def test_wsgi_middleware_takes_them_too_and_lasts_until_the_body_is_sent(told: InMemory) -> None:
    app = Flask("app")
    app.wsgi_app = WsgiMiddleware(app.wsgi_app, root_span=True)

    @app.get("/a")
    def view() -> Any:
        def chunks() -> Iterator[str]:
            with trilha.start_span("chunk"):
                yield "1"

        return chunks()

    answer = app.test_client().get("/a", headers={"x-session-id": "s", "x-request-id": "r"})
    assert answer.text == "1"
    answer.close()
    assert told.tree() == [["GET /a", ["chunk"]]]
    assert (told.traces[0].metadata["mlflow.trace.session"], told.traces[0].client_request_id) == ("s", "r")


def test_an_instrumentation_that_is_not_installed_is_named() -> None:
    with pytest.raises(ModuleNotFoundError, match="pip install openinference-instrumentation-dspy"):
        trilha.dspy.autolog()
