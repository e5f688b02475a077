-- The tables of the newest version, for new files. A test compares them with what the migrations make.

CREATE TABLE alembic_version (
  version_num VARCHAR(32) NOT NULL,
  CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE assessment (
  trace_key BIGINT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  valid BOOLEAN NOT NULL,
  value_text TEXT,
  value_number FLOAT,
  body BLOB NOT NULL,
  PRIMARY KEY (trace_key, id)
);

CREATE INDEX assessment_by_name ON assessment (kind, name, trace_key);

CREATE TABLE chunk (
  id INTEGER NOT NULL,
  trace_key BIGINT NOT NULL,
  spans BLOB NOT NULL,
  PRIMARY KEY (id)
);

CREATE INDEX chunk_by_trace ON chunk (trace_key);

CREATE TABLE dataset (
  id INTEGER NOT NULL,
  experiment_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  source_type TEXT NOT NULL,
  source TEXT NOT NULL,
  schema TEXT,
  profile TEXT,
  PRIMARY KEY (id),
  UNIQUE (experiment_id, name, digest)
);

CREATE TABLE deletion (
  change INTEGER NOT NULL,
  trace_id BLOB NOT NULL,
  experiment_id BIGINT NOT NULL,
  PRIMARY KEY (change)
);

CREATE TABLE dictionary (
  id INTEGER NOT NULL,
  data BLOB NOT NULL,
  chunk_id BIGINT NOT NULL,
  PRIMARY KEY (id)
);

CREATE TABLE experiment (
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  artifact_location TEXT,
  stage TEXT NOT NULL,
  create_time_ms BIGINT NOT NULL,
  update_time_ms BIGINT NOT NULL,
  tags TEXT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (name)
);

CREATE TABLE ingestion (
  experiment_id INTEGER NOT NULL,
  client TEXT NOT NULL,
  protocol TEXT NOT NULL,
  outcome TEXT NOT NULL,
  reason TEXT NOT NULL,
  requests BIGINT NOT NULL,
  traces BIGINT NOT NULL,
  spans BIGINT NOT NULL,
  body_bytes BIGINT NOT NULL,
  last_time_ms BIGINT NOT NULL,
  PRIMARY KEY (experiment_id, client, protocol, outcome, reason)
);

CREATE TABLE job (
  job_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  experiment_id BIGINT NOT NULL,
  start_ms BIGINT NOT NULL,
  end_ms BIGINT NOT NULL,
  state TEXT NOT NULL,
  total BIGINT,
  done BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  position TEXT,
  error TEXT NOT NULL,
  owner TEXT NOT NULL,
  lease_until_ms BIGINT NOT NULL,
  create_time_ms BIGINT NOT NULL,
  update_time_ms BIGINT NOT NULL,
  PRIMARY KEY (job_id)
);

CREATE TABLE label (
  experiment_id INTEGER NOT NULL,
  key_id INTEGER NOT NULL,
  value TEXT NOT NULL,
  time_ms INTEGER NOT NULL,
  trace_key INTEGER NOT NULL,
  PRIMARY KEY (experiment_id, key_id, value, time_ms, trace_key)
)
 WITHOUT ROWID;

CREATE TABLE label_key (
  id INTEGER NOT NULL,
  scope TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (scope, name)
);

CREATE TABLE metric_point (
  run_key INTEGER NOT NULL,
  "key" TEXT NOT NULL,
  time_ms INTEGER NOT NULL,
  step INTEGER NOT NULL,
  value FLOAT NOT NULL,
  is_nan BOOLEAN NOT NULL,
  PRIMARY KEY (run_key, "key", time_ms, step, value, is_nan)
)
 WITHOUT ROWID;

CREATE TABLE price_override (
  experiment_id INTEGER NOT NULL,
  model TEXT NOT NULL,
  provider TEXT NOT NULL,
  from_ms INTEGER NOT NULL,
  usd_per_million TEXT NOT NULL,
  note TEXT NOT NULL,
  create_time_ms BIGINT NOT NULL,
  PRIMARY KEY (experiment_id, model, provider, from_ms)
)
 WITHOUT ROWID;

CREATE TABLE registered_model (
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  create_time_ms BIGINT NOT NULL,
  update_time_ms BIGINT NOT NULL,
  last_number BIGINT NOT NULL,
  tags TEXT NOT NULL,
  aliases TEXT NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (name)
);

CREATE TABLE registered_version (
  model_id INTEGER NOT NULL,
  number INTEGER NOT NULL,
  source TEXT NOT NULL,
  version_id TEXT,
  run_id TEXT,
  run_link TEXT NOT NULL,
  description TEXT NOT NULL,
  status TEXT NOT NULL,
  files TEXT,
  outside TEXT,
  stage TEXT NOT NULL,
  create_time_ms BIGINT NOT NULL,
  update_time_ms BIGINT NOT NULL,
  tags TEXT NOT NULL,
  PRIMARY KEY (model_id, number)
);

CREATE TABLE run (
  "key" INTEGER NOT NULL,
  run_id TEXT NOT NULL,
  experiment_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  user_name TEXT NOT NULL,
  status TEXT NOT NULL,
  stage TEXT NOT NULL,
  start_time_ms BIGINT NOT NULL,
  end_time_ms BIGINT,
  PRIMARY KEY ("key"),
  UNIQUE (run_id)
);

CREATE INDEX run_by_time ON run (experiment_id, start_time_ms, "key");

CREATE TABLE run_dataset (
  run_key INTEGER NOT NULL,
  dataset_id INTEGER NOT NULL,
  context TEXT,
  tags TEXT NOT NULL,
  PRIMARY KEY (run_key, dataset_id)
)
 WITHOUT ROWID;

CREATE TABLE run_label (
  run_key INTEGER NOT NULL,
  scope TEXT NOT NULL,
  "key" TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run_key, scope, "key")
)
 WITHOUT ROWID;

CREATE TABLE run_metric (
  run_key INTEGER NOT NULL,
  "key" TEXT NOT NULL,
  step BIGINT NOT NULL,
  time_ms BIGINT NOT NULL,
  value FLOAT NOT NULL,
  is_nan BOOLEAN NOT NULL,
  PRIMARY KEY (run_key, "key")
)
 WITHOUT ROWID;

CREATE TABLE run_version (
  run_key INTEGER NOT NULL,
  direction TEXT NOT NULL,
  version_id TEXT NOT NULL,
  step BIGINT NOT NULL,
  PRIMARY KEY (run_key, direction, version_id)
)
 WITHOUT ROWID;

CREATE TABLE scorer (
  scorer_id TEXT NOT NULL,
  experiment_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  last_version BIGINT NOT NULL,
  online_scoring_id TEXT,
  sample_rate FLOAT,
  trace_filter TEXT,
  PRIMARY KEY (scorer_id),
  UNIQUE (experiment_id, name)
);

CREATE TABLE scorer_version (
  scorer_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  definition TEXT NOT NULL,
  create_time_ms BIGINT NOT NULL,
  PRIMARY KEY (scorer_id, version)
);

CREATE TABLE sequence (
  name TEXT NOT NULL,
  last BIGINT NOT NULL, trace_writes BIGINT DEFAULT '0' NOT NULL, counted_change BIGINT DEFAULT '0' NOT NULL, counted_key BIGINT DEFAULT '0' NOT NULL, older_key BIGINT DEFAULT '0' NOT NULL,
  PRIMARY KEY (name)
);

CREATE TABLE signature (
  last_chunk_id INTEGER NOT NULL,
  first_chunk_id BIGINT NOT NULL,
  bits BLOB NOT NULL,
  PRIMARY KEY (last_chunk_id)
);

CREATE TABLE signing_key (
  name TEXT NOT NULL,
  secret BLOB NOT NULL,
  create_time_ms BIGINT NOT NULL,
  PRIMARY KEY (name)
);

CREATE TABLE "span_kind" (
  id INTEGER NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  status TEXT NOT NULL,
  model TEXT DEFAULT '' NOT NULL,
  provider TEXT DEFAULT '' NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT span_kind_name_type_status_model_provider_key UNIQUE (name, type, status, model, provider)
);

CREATE TABLE span_kind_member (
  kind_id INTEGER NOT NULL,
  set_id INTEGER NOT NULL,
  PRIMARY KEY (kind_id, set_id)
)
 WITHOUT ROWID;

CREATE TABLE span_kind_set (
  id INTEGER NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (id),
  UNIQUE (digest)
);

CREATE TABLE span_sum (
  experiment_id INTEGER NOT NULL,
  hours INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  kind_id INTEGER NOT NULL,
  spans BIGINT NOT NULL,
  spans_ended BIGINT NOT NULL,
  duration_us BIGINT NOT NULL,
  input_tokens BIGINT NOT NULL,
  output_tokens BIGINT NOT NULL,
  total_tokens BIGINT NOT NULL,
  cache_read_tokens BIGINT NOT NULL,
  cache_write_tokens BIGINT NOT NULL,
  spans_with_cost BIGINT NOT NULL,
  input_nano_usd BIGINT NOT NULL,
  output_nano_usd BIGINT NOT NULL,
  cost_nano_usd BIGINT NOT NULL,
  durations BLOB NOT NULL,
  PRIMARY KEY (experiment_id, hours, hour, kind_id)
)
 WITHOUT ROWID;

CREATE TABLE subject_total (
  experiment_id INTEGER NOT NULL,
  subject TEXT NOT NULL,
  value TEXT NOT NULL,
  traces BIGINT NOT NULL,
  errors BIGINT NOT NULL,
  total_tokens BIGINT NOT NULL,
  cost_nano_usd BIGINT NOT NULL,
  duration_ms BIGINT NOT NULL,
  first_time_ms BIGINT NOT NULL,
  last_time_ms BIGINT NOT NULL,
  PRIMARY KEY (experiment_id, subject, value)
)
 WITHOUT ROWID;

CREATE INDEX subject_by_time ON subject_total (experiment_id, subject, last_time_ms, value);

CREATE TABLE trace (
  "key" INTEGER NOT NULL,
  trace_id BLOB NOT NULL,
  experiment_id BIGINT NOT NULL,
  claim SMALLINT NOT NULL,
  time_ms BIGINT NOT NULL,
  duration_ms BIGINT,
  state TEXT NOT NULL,
  tokens_total BIGINT,
  cost_total FLOAT,
  kind_set_id BIGINT,
  change BIGINT NOT NULL,
  record BLOB NOT NULL, input_tokens BIGINT, output_tokens BIGINT, cache_read_tokens BIGINT, cache_write_tokens BIGINT,
  PRIMARY KEY ("key"),
  UNIQUE (trace_id)
);

CREATE INDEX trace_by_change ON trace (change);

CREATE INDEX trace_by_kind_set ON trace (kind_set_id);

CREATE INDEX trace_by_time ON trace (experiment_id, time_ms, "key");

CREATE TABLE trace_sum (
  experiment_id INTEGER NOT NULL,
  dimension TEXT NOT NULL,
  hours INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  value TEXT NOT NULL,
  state TEXT NOT NULL,
  traces BIGINT NOT NULL,
  traces_ended BIGINT NOT NULL,
  duration_ms BIGINT NOT NULL,
  traces_with_usage BIGINT NOT NULL,
  input_tokens BIGINT NOT NULL,
  output_tokens BIGINT NOT NULL,
  total_tokens BIGINT NOT NULL,
  cache_read_tokens BIGINT NOT NULL,
  cache_write_tokens BIGINT NOT NULL,
  traces_with_cost BIGINT NOT NULL,
  cost_nano_usd BIGINT NOT NULL,
  durations BLOB NOT NULL,
  PRIMARY KEY (experiment_id, dimension, hours, hour, value, state)
)
 WITHOUT ROWID;

CREATE TABLE user_session (
  experiment_id INTEGER NOT NULL,
  user_value TEXT NOT NULL,
  session_value TEXT NOT NULL,
  PRIMARY KEY (experiment_id, user_value, session_value)
)
 WITHOUT ROWID;

CREATE TABLE version (
  "key" INTEGER NOT NULL,
  version_id TEXT NOT NULL,
  experiment_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT,
  source_run_id TEXT,
  status TEXT NOT NULL,
  create_time_ms BIGINT NOT NULL,
  update_time_ms BIGINT NOT NULL,
  is_deleted BOOLEAN NOT NULL,
  PRIMARY KEY ("key"),
  UNIQUE (version_id)
);

CREATE INDEX version_by_name ON version (experiment_id, name, create_time_ms);

CREATE INDEX version_by_time ON version (experiment_id, create_time_ms, "key");

CREATE TABLE version_label (
  version_key BIGINT NOT NULL,
  scope TEXT NOT NULL,
  "key" TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (version_key, scope, "key")
);

CREATE TABLE version_metric (
  version_id TEXT NOT NULL,
  "key" TEXT NOT NULL,
  run_key INTEGER NOT NULL,
  time_ms INTEGER NOT NULL,
  step INTEGER NOT NULL,
  value FLOAT NOT NULL,
  is_nan BOOLEAN NOT NULL,
  dataset_name TEXT,
  dataset_digest TEXT,
  PRIMARY KEY (version_id, "key", run_key, time_ms, step, value, is_nan)
)
 WITHOUT ROWID;

INSERT INTO alembic_version (version_num) VALUES ('0006');

INSERT INTO sequence (name, last) VALUES ('change', 0), ('experiment', 0), ('registered_model', 0), ('run', 0), ('version', 0);

INSERT INTO experiment (id, name, stage, create_time_ms, update_time_ms, tags)
SELECT 0, 'Default', 'active', now_ms, now_ms, '{}'
FROM (SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS now_ms); -- 2440587.5 is 1970 in Julian days
