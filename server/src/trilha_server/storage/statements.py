"""The statements about traces, as text for the drivers; `?` stands for a value. Searches put theirs together."""

TRACES_BY_ID = (
    "SELECT key, trace_id, experiment_id, claim, kind_set_id, change, record FROM trace WHERE trace_id IN ({})"
)

TRACE_KEY = "SELECT key FROM trace WHERE trace_id = ?"

TRACE_CHANGE = "SELECT change FROM trace WHERE trace_id = ?"

INFOS_BY_ID = "SELECT trace_id, experiment_id, change, record FROM trace WHERE trace_id IN ({})"

CHANGED_TRACES = """
SELECT trace_id, experiment_id, change, record FROM trace WHERE change > ?{} ORDER BY change LIMIT ?
"""

DELETIONS = "SELECT trace_id, experiment_id, change FROM deletion WHERE change > ?{} ORDER BY change LIMIT ?"

OF_EXPERIMENTS = " AND experiment_id IN ({})"

LAST_CHANGE = "SELECT last FROM sequence WHERE name = 'change'"

CHUNKS_OF_TRACE = """
SELECT id, spans FROM chunk WHERE trace_key = (SELECT key FROM trace WHERE trace_id = ?) ORDER BY id
"""

CHUNK = "SELECT spans FROM chunk WHERE id = ?"

ASSESSMENTS_OF_TRACES = """
SELECT trace_id, body FROM trace JOIN assessment ON assessment.trace_key = trace.key WHERE trace_id IN ({})
"""

SPANS_OF_TRACE = "SELECT spans FROM chunk WHERE trace_key = ? ORDER BY id"

CHUNKS_OF_KEY = "SELECT id, spans FROM chunk WHERE trace_key = ? ORDER BY id"

CHANGE_CHUNK = "UPDATE chunk SET spans = ? WHERE id = ?"

OLDEST_TRACES = "SELECT trace_id FROM trace WHERE experiment_id = ? AND time_ms <= ? ORDER BY time_ms, key LIMIT ?"

ADD_TRACE = """
INSERT INTO trace
(key, trace_id, experiment_id, claim, time_ms, duration_ms, state, tokens_total, input_tokens, output_tokens,
cache_read_tokens, cache_write_tokens, cost_total, kind_set_id, change, record)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

CHANGE_TRACE = """
UPDATE trace SET experiment_id = ?, claim = ?, time_ms = ?, duration_ms = ?, state = ?, tokens_total = ?,
input_tokens = ?, output_tokens = ?, cache_read_tokens = ?, cache_write_tokens = ?, cost_total = ?, kind_set_id = ?,
change = ?, record = ? WHERE key = ?
"""

TOUCH_TRACE = "UPDATE trace SET change = ? WHERE key = ?"

ADD_CHUNK = "INSERT INTO chunk (id, trace_key, spans) VALUES (?, ?, ?)"

ADD_LABEL = """
INSERT INTO label (experiment_id, key_id, value, time_ms, trace_key) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""

DELETE_LABEL = """
DELETE FROM label WHERE experiment_id = ? AND key_id = ? AND value = ? AND time_ms = ? AND trace_key = ?
"""

DELETE_CHUNKS = "DELETE FROM chunk WHERE trace_key = ?"

DELETE_ASSESSMENTS = "DELETE FROM assessment WHERE trace_key = ?"

DELETE_TRACE = "DELETE FROM trace WHERE key = ?"

ADD_DELETION = "INSERT INTO deletion (change, trace_id, experiment_id) VALUES (?, ?, ?)"

# A declaration that is sent again brings its assessments again, under the same ids.
ADD_ASSESSMENT = """
INSERT INTO assessment (id, trace_key, kind, name, valid, value_text, value_number, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (trace_key, id) DO NOTHING
"""

PUT_ASSESSMENT = """
INSERT INTO assessment (id, trace_key, kind, name, valid, value_text, value_number, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (trace_key, id) DO UPDATE SET
name = excluded.name, valid = excluded.valid, value_text = excluded.value_text, value_number = excluded.value_number,
body = excluded.body
"""

ASSESSMENT_BODY = "SELECT body FROM assessment WHERE id = ? AND trace_key = ?"

ASSESSMENTS_OF_KEY = "SELECT body FROM assessment WHERE trace_key = ?"

DELETE_ASSESSMENT = "DELETE FROM assessment WHERE id = ? AND trace_key = ?"

FIND_LABEL_KEY = "SELECT id FROM label_key WHERE scope = ? AND name = ?"
ADD_LABEL_KEY = (
    "INSERT INTO label_key (id, scope, name) SELECT coalesce(max(id), 0) + 1, ?, ? FROM label_key RETURNING id"
)

FIND_SPAN_KIND = """
SELECT id FROM span_kind WHERE name = ? AND type = ? AND status = ? AND model = ? AND provider = ?
"""
ADD_SPAN_KIND = """
INSERT INTO span_kind (id, name, type, status, model, provider)
SELECT coalesce(max(id), 0) + 1, ?, ?, ?, ?, ? FROM span_kind RETURNING id
"""

FIND_KIND_SET = "SELECT id FROM span_kind_set WHERE digest = ?"
ADD_KIND_SET = """
INSERT INTO span_kind_set (id, digest) SELECT coalesce(max(id), 0) + 1, ? FROM span_kind_set RETURNING id
"""
ADD_KIND_MEMBER = "INSERT INTO span_kind_member (kind_id, set_id) VALUES (?, ?)"
