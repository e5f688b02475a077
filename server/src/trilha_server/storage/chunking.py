"""Cuts what came in into chunks of bounded size, so that reading one span does not unpack a whole trace."""

from collections.abc import Collection

from trilha_server.domain.batch import EncodedGroup, EncodedSpans
from trilha_server.domain.ids import SpanId
from trilha_server.domain.span import SpanFacts

MAX_CHUNK_SPANS = 1000
MAX_CHUNK_BYTES = 1 << 20

Chunk = tuple[list[SpanFacts], EncodedSpans]


def cut_chunks(facts: list[SpanFacts], encoded: EncodedSpans, fresh: list[int]) -> list[Chunk]:
    """Cut the spans at the `fresh` places."""
    if len(fresh) == len(facts) <= MAX_CHUNK_SPANS and sum(map(len, encoded.spans)) <= MAX_CHUNK_BYTES:
        return [(facts, encoded)]
    portions: list[list[int]] = [[]]
    size_bytes = 0
    for index in fresh:
        span_bytes = len(encoded.spans[index])
        if portions[-1] and (len(portions[-1]) == MAX_CHUNK_SPANS or size_bytes + span_bytes > MAX_CHUNK_BYTES):
            portions.append([])
            size_bytes = 0
        portions[-1].append(index)
        size_bytes += span_bytes
    groups = [group for group in encoded.groups for _ in range(group.span_count)]
    return [
        ([facts[index] for index in portion], _encoded_portion(groups, encoded.spans, portion)) for portion in portions
    ]


def chosen(facts: list[SpanFacts], encoded: EncodedSpans, span_ids: Collection[SpanId]) -> Chunk:
    """Take some of the spans of a chunk out of it."""
    places = [place for place, one in enumerate(facts) if one.span_id in span_ids]
    if len(places) == len(facts):
        return facts, encoded
    groups = [group for group in encoded.groups for _ in range(group.span_count)]
    return [facts[place] for place in places], _encoded_portion(groups, encoded.spans, places)


def _encoded_portion(groups: list[EncodedGroup], spans: list[bytes], portion: list[int]) -> EncodedSpans:
    cut: list[EncodedGroup] = []
    for index in portion:
        group = groups[index]
        if cut and cut[-1].resource is group.resource and cut[-1].scope is group.scope:
            cut[-1] = EncodedGroup(group.resource, group.scope, cut[-1].span_count + 1)
        else:
            cut.append(EncodedGroup(group.resource, group.scope, 1))
    return EncodedSpans(cut, [spans[index] for index in portion])


def most_chunks(encoded: EncodedSpans) -> int:
    """Bound the number of chunks that spans can be cut into."""
    by_bytes = 2 * sum(map(len, encoded.spans)) // MAX_CHUNK_BYTES
    return 1 + by_bytes + len(encoded.spans) // MAX_CHUNK_SPANS
