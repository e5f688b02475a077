"""Figures of many traces or spans together."""

from collections.abc import Mapping, Sequence
from typing import Literal

from trilha._client.experiments import active_experiment_id
from trilha._client.http import V1, Json, connection


def query_metrics(  # noqa: PLR0913  # each may be wanted
    experiment_ids: Sequence[str] | None = None,
    filter_string: str | None = None,
    *,
    of: Literal["traces", "spans"] = "traces",
    group_by: Sequence[str] = (),
    where: Mapping[str, str] | None = None,
    start_ms: int | None = None,
    end_ms: int | None = None,
    bucket: str | int | None = None,
    percentiles: Sequence[float] = (50, 90, 95, 99),
    assessments: bool = False,
    limit: int = 1000,
) -> list[Json]:
    """Count and measure traces, or spans, by group and by step of time, and return the rows.

    Groups are of fields, tags and metadata: `["status"]`, `["tags.app_version"]`. A `bucket` is such as `1h`, and needs
    `start_ms` and `end_ms`. `where` is for spans: `{"type": "LLM"}`.
    """
    body: Json = {
        "experiment_ids": [str(each) for each in experiment_ids or [active_experiment_id()]],
        "filter": filter_string,
        "start_ms": start_ms,
        "end_ms": end_ms,
        "group_by": list(group_by),
        "bucket": bucket,
        "percentiles": list(percentiles),
        "limit": limit,
    }
    body |= {"where": dict(where or {})} if of == "spans" else {"assessments": assessments}
    return connection().call("POST", f"{V1}/figures/{of}", body=body, is_safe=True)["rows"]
