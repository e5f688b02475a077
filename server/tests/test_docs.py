"""The reference is complete: what a user can meet stands in it."""

import asyncio
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.core
import typer.main
from fastapi.routing import APIRoute
from msgspec.structs import fields
from starlette.routing import Route
from trilha_server.api.mlflow import probes
from trilha_server.api.problems import answer_for
from trilha_server.app import MLFLOW_ROOMS, build
from trilha_server.cli.main import app as command
from trilha_server.domain import errors
from trilha_server.domain.errors import TrilhaError
from trilha_server.settings import Settings

from server.tests.support.client import all_routes

REPOSITORY = Path(__file__).parents[2]
REFERENCE = REPOSITORY / "docs" / "reference"
ERRORS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, TrilhaError)]
LINK = re.compile(r"\]\(([^)#]+)(#[^)]*)?\)")


def rows(page: str) -> list[list[str]]:
    """The rows of all tables of a page, cell by cell, without the backticks around a cell."""
    lines = (REFERENCE / page).read_text().splitlines()
    return [[cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| ")]


def commands(group: typer.core.TyperGroup, prefix: str) -> Iterator[tuple[str, typer.core.TyperCommand]]:
    for name, inner in group.commands.items():
        if isinstance(inner, typer.core.TyperGroup):
            yield from commands(inner, f"{prefix} {name}")
        elif isinstance(inner, typer.core.TyperCommand):
            yield f"{prefix} {name}", inner


async def routes_of(settings: Settings) -> list[Route]:
    server = build(settings)
    async with server.http.router.lifespan_context(server.http):  # so that the store is closed again
        return all_routes(server)


@pytest.mark.parametrize(("name", "default"), [(field.name, field.default) for field in fields(Settings)])
def test_every_setting_has_a_row_with_its_flag_variable_and_default(name: str, default: object) -> None:
    (row,) = [cells for cells in rows("settings.md") if cells[0] == name]
    assert row[1] == "--" + name.replace("_", "-")
    assert row[2] == f"TRILHA_{name.upper()}"
    if default is not None:
        assert row[3].removeprefix("./") == str(default).removesuffix("False") + "false" * (default is False)


def test_every_command_and_flag_is_named() -> None:
    text = (REFERENCE / "settings.md").read_text()
    group = typer.main.get_command(command)
    assert isinstance(group, typer.core.TyperGroup)
    for name, inner in commands(group, "trilha"):
        assert f"`{name}`" in text
        for flag in [option for parameter in inner.params for option in parameter.opts if option != "--help"]:
            assert f"`{flag}`" in text, f"{name} {flag}"


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_has_a_row_with_its_status_and_code(kind: type[TrilhaError]) -> None:
    (row,) = [cells for cells in rows("errors.md") if cells[0] == kind.__name__]
    answer = answer_for(kind("something is wrong"))
    assert row[1:3] == [str(answer.status), answer.mlflow_code]


def test_every_route_has_a_row(tmp_path: Path) -> None:
    described = {(cells[0], cells[1]) for cells in rows("api.md") if len(cells) == 4}
    routes = asyncio.run(routes_of(Settings(data_dir=tmp_path / "data", grpc_port="off")))
    served = {(method, route.path) for route in routes for method in route.methods or () if method != "HEAD"}
    assert described - {("method", "path")} == served


def test_the_permissions_are_those_of_the_routes(tmp_path: Path) -> None:
    described = {(cells[0], cells[1]): cells[2] for cells in rows("api.md") if len(cells) == 4}
    for route in asyncio.run(routes_of(Settings(data_dir=tmp_path / "data", grpc_port="off"))):
        if isinstance(route, APIRoute):
            assert route.openapi_extra == {"x-permission": described[min(route.methods or ()), route.path]}
    of_rooms = (route for room in MLFLOW_ROOMS for route in room.ROUTES)
    for route in (*of_rooms, *probes.ROUTES):
        assert described[route.method, route.path] == route.permission.value


def test_every_link_between_pages_leads_somewhere() -> None:
    pages = [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")]
    assert len(pages) > 15
    for page in pages:
        for target, _ in LINK.findall(page.read_text()):
            assert ":" in target or (page.parent / target).exists(), f"{page.name}: {target}"
