"""The tables, the same on SQLite and PostgreSQL. Migrations make them; this file must agree with the last one."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

# SQLite keeps a row under its key, without another index, only if the key's type is called INTEGER.
Key = BigInteger().with_variant(Integer, "sqlite")

# Text that is in one order everywhere, so that ranges of what begins alike can be read.
BytewiseText = Text().with_variant(Text(collation="C"), "postgresql")

sequence = Table(
    "sequence",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
    Column("trace_writes", BigInteger, server_default="0", nullable=False),
    Column("counted_change", BigInteger, server_default="0", nullable=False),
    Column("counted_key", BigInteger, server_default="0", nullable=False),
    Column("older_key", BigInteger, server_default="0", nullable=False),
    comment="The last change number given out: updating it first makes writers wait for each other. The rest is how far"
    " the sums are (`storage/rollups.py`).",
)

experiment = Table(
    "experiment",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
    Column("artifact_location", Text),
    Column("stage", Text, nullable=False),
    Column("create_time_ms", BigInteger, nullable=False),
    Column("update_time_ms", BigInteger, nullable=False),
    Column("tags", Text, nullable=False),
)

trace = Table(
    "trace",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=False),
    Column("trace_id", LargeBinary, nullable=False, unique=True),
    Column("experiment_id", BigInteger, nullable=False),
    Column("claim", SmallInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("duration_ms", BigInteger),
    Column("state", Text, nullable=False),
    Column("tokens_total", BigInteger),
    Column("input_tokens", BigInteger),
    Column("output_tokens", BigInteger),
    Column("cache_read_tokens", BigInteger),
    Column("cache_write_tokens", BigInteger),
    Column("cost_total", Float),
    Column("kind_set_id", BigInteger),
    Column("change", BigInteger, nullable=False),
    Column("record", LargeBinary, nullable=False),
    comment="A trace. `key` is the change number it came with; `record` is a compressed TraceRecord.",
)
Index("trace_by_time", trace.c.experiment_id, trace.c.time_ms, trace.c.key)
Index("trace_by_change", trace.c.change)
Index("trace_by_kind_set", trace.c.kind_set_id)

chunk = Table(
    "chunk",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=False),
    Column("trace_key", BigInteger, nullable=False),
    Column("spans", LargeBinary, nullable=False),
    comment="Spans of one trace that came together, compressed; of a span in several chunks, the last one counts.",
)
Index("chunk_by_trace", chunk.c.trace_key)

label_key = Table(
    "label_key",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=False),
    Column("scope", Text, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("scope", "name"),
    comment="The keys that labels have.",
)

label = Table(
    "label",
    metadata,
    Column("experiment_id", Key, primary_key=True, autoincrement=False),
    Column("key_id", Key, primary_key=True, autoincrement=False),
    Column("value", Text, primary_key=True),
    Column("time_ms", Key, primary_key=True, autoincrement=False),
    Column("trace_key", Key, primary_key=True, autoincrement=False),
    comment="What traces are found by, in the order in which results are shown.",
    sqlite_with_rowid=False,
)

span_kind = Table(
    "span_kind",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("model", Text, server_default="", nullable=False),
    Column("provider", Text, server_default="", nullable=False),
    UniqueConstraint("name", "type", "status", "model", "provider"),
    comment="Each combination of name, type, status, model and provider that spans have; empty for none of these two.",
)

span_kind_set = Table(
    "span_kind_set",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    comment="Each set of kinds that the spans of a trace have: traces of one program share it.",
)

span_kind_member = Table(
    "span_kind_member",
    metadata,
    Column("kind_id", Key, primary_key=True, autoincrement=False),
    Column("set_id", Key, primary_key=True, autoincrement=False),
    comment="Which kinds are in which set.",
    sqlite_with_rowid=False,
)

trace_sum = Table(
    "trace_sum",
    metadata,
    Column("experiment_id", Key, primary_key=True, autoincrement=False),
    Column("dimension", Text, primary_key=True),
    Column("hours", Key, primary_key=True, autoincrement=False),
    Column("hour", Key, primary_key=True, autoincrement=False),
    Column("value", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("traces", BigInteger, nullable=False),
    Column("traces_ended", BigInteger, nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
    Column("traces_with_usage", BigInteger, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("total_tokens", BigInteger, nullable=False),
    Column("cache_read_tokens", BigInteger, nullable=False),
    Column("cache_write_tokens", BigInteger, nullable=False),
    Column("traces_with_cost", BigInteger, nullable=False),
    Column("cost_nano_usd", BigInteger, nullable=False),
    Column("durations", LargeBinary, nullable=False),
    comment="Sums of traces by steps of 1 and of 24 hours, of all and by version and name. `hour` is the first of a"
    " step, counted from 1970; `durations` is a histogram.",
    sqlite_with_rowid=False,
)

span_sum = Table(
    "span_sum",
    metadata,
    Column("experiment_id", Key, primary_key=True, autoincrement=False),
    Column("hours", Key, primary_key=True, autoincrement=False),
    Column("hour", Key, primary_key=True, autoincrement=False),
    Column("kind_id", Key, primary_key=True, autoincrement=False),
    Column("spans", BigInteger, nullable=False),
    Column("spans_ended", BigInteger, nullable=False),
    Column("duration_us", BigInteger, nullable=False),
    Column("input_tokens", BigInteger, nullable=False),
    Column("output_tokens", BigInteger, nullable=False),
    Column("total_tokens", BigInteger, nullable=False),
    Column("cache_read_tokens", BigInteger, nullable=False),
    Column("cache_write_tokens", BigInteger, nullable=False),
    Column("spans_with_cost", BigInteger, nullable=False),
    Column("input_nano_usd", BigInteger, nullable=False),
    Column("output_nano_usd", BigInteger, nullable=False),
    Column("cost_nano_usd", BigInteger, nullable=False),
    Column("durations", LargeBinary, nullable=False),
    comment="Sums of spans by the same steps, and by their kind.",
    sqlite_with_rowid=False,
)

subject_total = Table(
    "subject_total",
    metadata,
    Column("experiment_id", Key, primary_key=True, autoincrement=False),
    Column("subject", Text, primary_key=True),
    Column("value", BytewiseText, primary_key=True),
    Column("traces", BigInteger, nullable=False),
    Column("errors", BigInteger, nullable=False),
    Column("total_tokens", BigInteger, nullable=False),
    Column("cost_nano_usd", BigInteger, nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
    Column("first_time_ms", BigInteger, nullable=False),
    Column("last_time_ms", BigInteger, nullable=False),
    comment="Sums of the traces of each session and each user.",
    sqlite_with_rowid=False,
)
Index(
    "subject_by_time",
    subject_total.c.experiment_id,
    subject_total.c.subject,
    subject_total.c.last_time_ms,
    subject_total.c.value,
)

user_session = Table(
    "user_session",
    metadata,
    Column("experiment_id", Key, primary_key=True, autoincrement=False),
    Column("user_value", BytewiseText, primary_key=True),
    Column("session_value", BytewiseText, primary_key=True),
    comment="Who took part in which session: pairs that a trace tells, as the index has them.",
    sqlite_with_rowid=False,
)

price_override = Table(
    "price_override",
    metadata,
    Column("experiment_id", Key, primary_key=True, autoincrement=False),
    Column("model", Text, primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("from_ms", Key, primary_key=True, autoincrement=False),
    Column("usd_per_million", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("create_time_ms", BigInteger, nullable=False),
    comment="Prices of an experiment's own, by patterns of models' names; `provider` is empty for any.",
    sqlite_with_rowid=False,
)

job = Table(
    "job",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("experiment_id", BigInteger, nullable=False),
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("total", BigInteger),
    Column("done", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("position", Text),
    Column("error", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("lease_until_ms", BigInteger, nullable=False),
    Column("create_time_ms", BigInteger, nullable=False),
    Column("update_time_ms", BigInteger, nullable=False),
    comment="Long work, and which server does it until when.",
)

assessment = Table(
    "assessment",
    metadata,
    Column("trace_key", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("valid", Boolean, nullable=False),
    Column("value_text", Text),
    Column("value_number", Float),
    Column("body", LargeBinary, nullable=False),
    comment="Assessments. Ids may come from outside and be long: they and the names are cut as labels are.",
)
Index("assessment_by_name", assessment.c.kind, assessment.c.name, assessment.c.trace_key)

deletion = Table(
    "deletion",
    metadata,
    Column("change", Key, primary_key=True, autoincrement=False),
    Column("trace_id", LargeBinary, nullable=False),
    Column("experiment_id", BigInteger, nullable=False),
    comment="Traces that are no more, for those who ask what changed.",
)

dictionary = Table(
    "dictionary",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
    Column("chunk_id", BigInteger, nullable=False),
    comment="Zstandard dictionaries by the id that frames name; `chunk_id` is the last chunk when it was trained.",
)

signature = Table(
    "signature",
    metadata,
    Column("last_chunk_id", Key, primary_key=True, autoincrement=False),
    Column("first_chunk_id", BigInteger, nullable=False),
    Column("bits", LargeBinary, nullable=False),
    comment="Which four-byte sequences stand in the chunks of a range, for text search.",
)

signing_key = Table(
    "signing_key",
    metadata,
    Column("name", Text, primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    Column("create_time_ms", BigInteger, nullable=False),
    comment="What the server signs tokens and addresses with, the same for all servers on this store.",
)

ingestion = Table(
    "ingestion",
    metadata,
    Column("experiment_id", Key, primary_key=True, autoincrement=False),
    Column("client", Text, primary_key=True),
    Column("protocol", Text, primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("traces", BigInteger, nullable=False),
    Column("spans", BigInteger, nullable=False),
    Column("body_bytes", BigInteger, nullable=False),
    Column("last_time_ms", BigInteger, nullable=False),
    comment="What arrived, by experiment (-1 for none) and client, and what became of it.",
)

run = Table(
    "run",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=False),
    Column("run_id", Text, nullable=False, unique=True),
    Column("experiment_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("start_time_ms", BigInteger, nullable=False),
    Column("end_time_ms", BigInteger),
)
Index("run_by_time", run.c.experiment_id, run.c.start_time_ms, run.c.key)

run_label = Table(
    "run_label",
    metadata,
    Column("run_key", Key, primary_key=True, autoincrement=False),
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    comment="Parameters and tags of runs.",
    sqlite_with_rowid=False,
)

run_metric = Table(
    "run_metric",
    metadata,
    Column("run_key", Key, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("step", BigInteger, nullable=False),
    Column("time_ms", BigInteger, nullable=False),
    Column("value", Float, nullable=False),
    Column("is_nan", Boolean, nullable=False),
    comment="The latest point of each metric. Where `is_nan`, the value is 0.",
    sqlite_with_rowid=False,
)

metric_point = Table(
    "metric_point",
    metadata,
    Column("run_key", Key, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("time_ms", Key, primary_key=True, autoincrement=False),
    Column("step", Key, primary_key=True, autoincrement=False),
    Column("value", Float, primary_key=True),
    Column("is_nan", Boolean, primary_key=True),
    comment="Every point of every metric, in the order in which histories are read.",
    sqlite_with_rowid=False,
)

version_metric = Table(
    "version_metric",
    metadata,
    Column("version_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("run_key", Key, primary_key=True, autoincrement=False),
    Column("time_ms", Key, primary_key=True, autoincrement=False),
    Column("step", Key, primary_key=True, autoincrement=False),
    Column("value", Float, primary_key=True),
    Column("is_nan", Boolean, primary_key=True),
    Column("dataset_name", Text),
    Column("dataset_digest", Text),
    comment="The points that were measured on a version.",
    sqlite_with_rowid=False,
)

dataset = Table(
    "dataset",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=False),
    Column("experiment_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("source_type", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("schema", Text),
    Column("profile", Text),
    UniqueConstraint("experiment_id", "name", "digest"),
    comment="The data that runs of an experiment have read.",
)

run_dataset = Table(
    "run_dataset",
    metadata,
    Column("run_key", Key, primary_key=True, autoincrement=False),
    Column("dataset_id", Key, primary_key=True, autoincrement=False),
    Column("context", Text),
    Column("tags", Text, nullable=False),
    comment="Which run has read which data, and what as: `context` is the tag of that name.",
    sqlite_with_rowid=False,
)

run_version = Table(
    "run_version",
    metadata,
    Column("run_key", Key, primary_key=True, autoincrement=False),
    Column("direction", Text, primary_key=True),
    Column("version_id", Text, primary_key=True),
    Column("step", BigInteger, nullable=False),
    comment="Versions that a run has used or made.",
    sqlite_with_rowid=False,
)

version = Table(
    "version",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=False),
    Column("version_id", Text, nullable=False, unique=True),
    Column("experiment_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text),
    Column("source_run_id", Text),
    Column("status", Text, nullable=False),
    Column("create_time_ms", BigInteger, nullable=False),
    Column("update_time_ms", BigInteger, nullable=False),
    Column("is_deleted", Boolean, nullable=False),
)
Index("version_by_time", version.c.experiment_id, version.c.create_time_ms, version.c.key)
Index("version_by_name", version.c.experiment_id, version.c.name, version.c.create_time_ms)

version_label = Table(
    "version_label",
    metadata,
    Column("version_key", BigInteger, primary_key=True, autoincrement=False),
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    comment="Parameters and tags of versions; a value may be a whole diff.",
)

scorer = Table(
    "scorer",
    metadata,
    Column("scorer_id", Text, primary_key=True),
    Column("experiment_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("last_version", BigInteger, nullable=False),
    Column("online_scoring_id", Text),
    Column("sample_rate", Float),
    Column("trace_filter", Text),
    UniqueConstraint("experiment_id", "name"),
    comment="Scorers by name, and how much each is to score of what arrives: null for never said.",
)

scorer_version = Table(
    "scorer_version",
    metadata,
    Column("scorer_id", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("definition", Text, nullable=False),
    Column("create_time_ms", BigInteger, nullable=False),
    comment="Each registration of a scorer.",
)

registered_model = Table(
    "registered_model",
    metadata,
    Column("id", Key, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
    Column("description", Text, nullable=False),
    Column("create_time_ms", BigInteger, nullable=False),
    Column("update_time_ms", BigInteger, nullable=False),
    Column("last_number", BigInteger, nullable=False),
    Column("tags", Text, nullable=False),
    Column("aliases", Text, nullable=False),
    comment="Models and prompts by name. `last_number` is the last version's number, whether it is kept or not.",
)

registered_version = Table(
    "registered_version",
    metadata,
    Column("model_id", Key, primary_key=True, autoincrement=False),
    Column("number", Key, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
    Column("version_id", Text),
    Column("run_id", Text),
    Column("run_link", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("files", Text),
    Column("outside", Text),
    Column("stage", Text, nullable=False),
    Column("create_time_ms", BigInteger, nullable=False),
    Column("update_time_ms", BigInteger, nullable=False),
    Column("tags", Text, nullable=False),
    comment="What is registered under a model's name, by number.",
)
