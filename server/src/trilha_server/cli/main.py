"""The commands and their options."""

import sys
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated

import typer

from trilha_server.demo import DEMO_EXPERIMENT, DEMO_TRACES
from trilha_server.domain.errors import TrilhaError
from trilha_server.settings import Settings, read_settings

app = typer.Typer(
    rich_markup_mode=None,
    name="trilha",
    help="Production tracing for GenAI applications.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
db = typer.Typer(help="Look after the database.", no_args_is_help=True)
app.add_typer(db, name="db")

DataDir = Annotated[Path | None, typer.Option(help="Folder for all data [default: ./trilha-data].")]
StoreUrl = Annotated[str | None, typer.Option(help="sqlite:///PATH or postgresql://… [default: in the data folder].")]
ArtifactsUrl = Annotated[
    str | None, typer.Option(help="file:///…, s3://…, gs://… or az://… for artifacts [default: in the data folder].")
]
ArtifactRoots = Annotated[
    str | None, typer.Option(help="More such places, with commas between, that experiments may name.")
]
ServerUrl = Annotated[str, typer.Option(envvar="TRILHA_URL", help="Address of the server.")]


@app.command()
def server(  # noqa: PLR0913  # each is one option
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on [default: 127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port for HTTP [default: 5000].")] = None,
    grpc_port: Annotated[str | None, typer.Option(help="Port for OTLP over gRPC, or 'off' [default: 4317].")] = None,
    data_dir: DataDir = None,
    store_url: StoreUrl = None,
    artifacts_url: ArtifactsUrl = None,
    artifact_roots: ArtifactRoots = None,
    max_artifact_mb: Annotated[int | None, typer.Option(help="Largest artifact [default: any size].")] = None,
    public_url: Annotated[str | None, typer.Option(help="Where clients reach it [default: as they asked].")] = None,
    max_body_mb: Annotated[int | None, typer.Option(help="Largest request body, decompressed [default: 64].")] = None,
    max_pending_mb: Annotated[
        int | None, typer.Option(help="Bodies that may wait to be written [default: 256].")
    ] = None,
    insecure: Annotated[bool | None, typer.Option("--insecure", help="Listen where others can reach it.")] = None,
    log_format: Annotated[str | None, typer.Option(help="text or json [default: text].")] = None,
) -> None:
    """Start the server."""
    from trilha_server.cli.serve import serve

    serve(
        _settings(
            host=host,
            port=port,
            grpc_port=grpc_port,
            data_dir=data_dir,
            store_url=store_url,
            artifacts_url=artifacts_url,
            artifact_roots=artifact_roots,
            max_artifact_mb=max_artifact_mb,
            public_url=public_url,
            max_body_mb=max_body_mb,
            max_pending_mb=max_pending_mb,
            insecure=insecure,
            log_format=log_format,
        )
    )


@db.command()
def upgrade(*, data_dir: DataDir = None, store_url: StoreUrl = None) -> None:
    """Bring the tables to this version's form; the server does the same when it starts."""
    from trilha_server.cli.database import upgrade_database

    upgrade_database(_settings(data_dir=data_dir, store_url=store_url))


@db.command()
def check(*, data_dir: DataDir = None, store_url: StoreUrl = None) -> None:
    """Look for damage and for a version that does not fit; exits with 1 if there is any."""
    from trilha_server.cli.database import check_database

    raise typer.Exit(check_database(_settings(data_dir=data_dir, store_url=store_url)))


@app.command()
def doctor(
    *,
    url: ServerUrl = "http://127.0.0.1:5000",
    data_dir: DataDir = None,
    store_url: StoreUrl = None,
    artifacts_url: ArtifactsUrl = None,
) -> None:
    """Check that the stores are healthy, the disk writable, and that a trace makes the round trip."""
    from trilha_server.cli.doctor import examine

    raise typer.Exit(examine(_settings(data_dir=data_dir, store_url=store_url, artifacts_url=artifacts_url), url))


@app.command()
def demo(
    *,
    url: ServerUrl = "http://127.0.0.1:5000",
    experiment: Annotated[str, typer.Option(help="Experiment to fill.")] = DEMO_EXPERIMENT,
    traces: Annotated[int, typer.Option(min=1, max=100_000, help="How many traces.")] = DEMO_TRACES,
) -> None:
    """Fill a running server with the traces of a support agent, as a week in production leaves them."""
    from trilha_server.cli.demo import fill

    fill(url, experiment, traces)


@app.command(
    context_settings={
        "allow_extra_args": True,
        "allow_interspersed_args": False,
        "ignore_unknown_options": True,
        "help_option_names": [],
    }
)
def traces(context: typer.Context) -> None:
    """Find, read, tag, assess and delete traces of the server that MLFLOW_TRACKING_URI names; --help tells more."""
    from trilha._cli.commands import main as run

    raise typer.Exit(run(context.args, "trilha traces"))


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(installed_version("trilha-server"))


def main() -> None:
    """Run the command line; an error that we know is one line on stderr and exit code 1."""
    try:
        app()
    except TrilhaError as error:
        print(f"trilha: {error}", file=sys.stderr)
        sys.exit(1)


def _settings(**flags: object) -> Settings:
    return read_settings({name: value for name, value in flags.items() if value is not None})
