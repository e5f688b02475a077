"""What is installed from a package is all that the server needs."""

import json
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.support.processes import REPOSITORY, uv_command

WEB = REPOSITORY / "server" / "src" / "trilha_server" / "web"
TIMEOUT_S = 240


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    command = [uv_command(), "build", "--quiet", "--package", "trilha-server", "--out-dir", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True, timeout=TIMEOUT_S)
    return folder


def test_the_package_holds_the_ui_the_demo_and_the_tables(built: Path) -> None:
    ui = {f"trilha_server/web/{path.relative_to(WEB).as_posix()}" for path in WEB.rglob("*") if path.is_file()}
    wanted = ui | {"trilha_server/demo/data.json", "trilha_server/storage/sqlite_tables.sql"}
    [wheel] = built.glob("*.whl")

    assert len(ui) > 3
    assert wanted <= set(zipfile.ZipFile(wheel).namelist())


def test_so_does_the_package_of_sources(built: Path) -> None:
    [sources] = built.glob("*.tar.gz")
    with tarfile.open(sources) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert "src/trilha_server/web/index.html" in names
    assert "src/trilha_server/web/theme.js" in names


def test_the_ui_is_built_from_the_same_packages_on_any_machine() -> None:
    packages = json.loads((REPOSITORY / "ui" / "package-lock.json").read_text())["packages"]
    missing = [
        f"{name}@{version}"
        for place, package in packages.items()
        for name, version in package.get("optionalDependencies", {}).items()
        if f"node_modules/{name}" not in packages and f"{place}/node_modules/{name}" not in packages
    ]

    assert missing == [], "npm leaves out what its registry does not have, and then 'npm ci' refuses the file"
