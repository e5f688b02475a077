"""Which traces exist: everything that a query can ask for, as a pure function of a trace's index."""

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np

SPANS_PER_TRACE = 10
USERS = 500
"""A user has one trace in 500, so 200 of 100,000."""
TRACES_PER_SESSION = 5
NEEDLE_BLOCK = 100_000
NEEDLES = 40
"""Each needle word stands in one trace of every block; forty of them, so that no text query is asked twice."""
NEEDLE_STRIDE = 47
ENVIRONMENTS = ("production", "staging", "canary", "development")
VERSIONS = tuple(f"{major}.{minor}.0" for major in range(1, 6) for minor in range(5))
"""25, and 4 environments: a pair is one tagged trace in 100, so 1 trace in 10,000 when 1 in 100 is tagged."""

_MINUTE_NS = 60 * 10**9


class Corpus(msgspec.Struct, frozen=True):
    """A numbered set of traces, in order of time."""

    traces: int
    """How many are spread over the days. An index beyond is legal: such a trace is newer than all these."""
    end_ns: int
    """Unix time at which trace number `traces` starts."""
    days: int = 30
    tag_every: int = 100
    """One trace in this many also gets tags and a client request id, which OTLP cannot carry."""
    seed: int = 7

    def trace_id(self, index: int) -> bytes:
        return self._digest(index)[:16]

    def span_ids(self, index: int) -> list[bytes]:
        """Return the ids of the root and of its nine children, in that order."""
        digest = self._digest(index)
        return [digest[16 + 8 * n : 24 + 8 * n] for n in range(SPANS_PER_TRACE)]

    def request_id(self, index: int) -> str:
        return "req-" + self._digest(index)[96:108].hex()

    def session_id(self, index: int) -> str:
        session = index // TRACES_PER_SESSION
        return f"session-{hashlib.blake2b(b'%d:%d' % (self.seed, session), digest_size=8).hexdigest()}"

    def user_id(self, index: int) -> str:
        session = index // TRACES_PER_SESSION
        return f"user-{session % USERS:03d}"

    def start_ns(self, index: int) -> int:
        """Return when the root starts: in order of the index, give or take a minute, as clients report late."""
        span_ns = self.days * 86_400 * 10**9
        jitter_ns = int.from_bytes(self._digest(index)[108:112], "big") % _MINUTE_NS
        return self.end_ns - span_ns + index * span_ns // self.traces - jitter_ns

    def needle(self, index: int) -> str | None:
        """Return the word that stands in this trace of each block and nowhere else."""
        number, rest = divmod(index % NEEDLE_BLOCK, NEEDLE_STRIDE)
        return needle_word(number) if rest == 0 and number < NEEDLES else None

    def tags(self, index: int) -> dict[str, str] | None:
        if index % self.tag_every:
            return None
        number = index // self.tag_every
        return {
            "environment": ENVIRONMENTS[number % len(ENVIRONMENTS)],
            "app_version": VERSIONS[number // len(ENVIRONMENTS) % len(VERSIONS)],
        }

    def newer(self, number: int) -> int:
        """Return the index of a trace after the corpus: none that a question about the corpus has in its answer."""
        period = USERS * TRACES_PER_SESSION
        return -(-self.traces // period) * period + period - 50 + number % 50

    def words(self, index: int) -> np.random.Generator:
        """Return the source of this trace's text."""
        return np.random.Generator(np.random.SFC64((self.seed, index)))

    def _digest(self, index: int) -> bytes:
        return hashlib.shake_128(b"%d:%d" % (self.seed, index)).digest(112)


def needle_word(number: int) -> str:
    """Return a word that no vocabulary and no id contains."""
    return "quixo" + "".join(chr(ord("k") + int(digit)) for digit in f"{number:04d}") + "zephyr"


def midnight_ns() -> int:
    """Return the last midnight, UTC: the end of a corpus that looks recent and is the same all day."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)  # noqa: TID251  # a run has one date
    return int((midnight - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)) * 1000
