"""Request bodies are decompressed, and never more than allowed."""

import contextlib
import gzip
import time
import tracemalloc
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from trilha_server.domain.errors import InvalidInput, TooLarge
from trilha_server.ingest.admission import decompress

LIMIT = 1 << 20
BODY = b"some spans of a trace " * 500


def raw_deflate(body: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush()


def streamed_zstd(body: bytes) -> bytes:
    """As a sender that does not know the size beforehand: many blocks, no size in the header."""
    compressor = zstandard.ZstdCompressor(write_checksum=True).compressobj()
    pieces = [
        compressor.compress(body[start : start + 100]) + compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        for start in range(0, len(body), 100)
    ]
    return b"".join(pieces) + compressor.flush()


COMPRESSORS = {
    "gzip": ("gzip", gzip.compress),
    "zlib": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "zstd": ("zstd", zstandard.compress),
    "zstd in blocks": ("zstd", streamed_zstd),
}
every_way = pytest.mark.parametrize("way", COMPRESSORS)


@every_way
@given(body=st.binary(max_size=2000))
def test_what_was_compressed_comes_out(way: str, body: bytes) -> None:
    encoding, compress = COMPRESSORS[way]

    assert decompress(compress(body), encoding, LIMIT) == body


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_a_body_that_is_not_compressed_stays_as_it_is(encoding: str) -> None:
    assert decompress(BODY, encoding, LIMIT) == BODY


@pytest.mark.parametrize("encoding", ["GZIP", "x-gzip", " gzip"])
def test_spellings_of_an_encoding_mean_the_same(encoding: str) -> None:
    assert decompress(gzip.compress(BODY), encoding, LIMIT) == BODY


@pytest.mark.parametrize("encoding", ["br", "gzip, zstd", "x" * 1000])
def test_an_unknown_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(InvalidInput, match="content encoding"):
        decompress(BODY, encoding, LIMIT)


@pytest.mark.parametrize("way", ["gzip", "zstd", "zstd in blocks"])
def test_parts_that_follow_each_other_are_one_body(way: str) -> None:
    encoding, compress = COMPRESSORS[way]

    assert decompress(compress(b"first ") + compress(b"") + compress(b"second"), encoding, LIMIT) == b"first second"


@every_way
def test_a_body_that_is_cut_anywhere_is_refused(way: str) -> None:
    encoding, compress = COMPRESSORS[way]
    whole = compress(BODY)

    for length in {1, 2, 3, 5, 10, len(whole) // 2, *range(len(whole) - 12, len(whole))}:
        with pytest.raises(InvalidInput):
            decompress(whole[:length], encoding, LIMIT)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
@given(garbage=st.binary(min_size=1, max_size=100))
def test_garbage_is_refused_or_read_but_never_breaks_anything(encoding: str, garbage: bytes) -> None:
    with contextlib.suppress(InvalidInput):
        decompress(garbage, encoding, LIMIT)


@every_way
def test_garbage_after_the_body_is_refused(way: str) -> None:
    encoding, compress = COMPRESSORS[way]

    with pytest.raises(InvalidInput):
        decompress(compress(BODY) + b"garbage", encoding, LIMIT)


@every_way
@pytest.mark.parametrize("surplus", [0, 1])
def test_the_limit_is_that_of_what_comes_out(way: str, surplus: int) -> None:
    encoding, compress = COMPRESSORS[way]
    body = compress(bytes(LIMIT + surplus))

    if surplus:
        with pytest.raises(TooLarge):
            decompress(body, encoding, LIMIT)
    else:
        assert decompress(body, encoding, LIMIT) == bytes(LIMIT)


def test_a_plain_body_has_the_same_limit() -> None:
    with pytest.raises(TooLarge):
        decompress(bytes(LIMIT + 1), "", LIMIT)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["gzip", "zlib", "raw deflate", "zstd"])
def test_a_bomb_is_stopped_before_it_fills_the_memory(way: str) -> None:
    encoding, compress = COMPRESSORS[way]
    bomb = compress(bytes(100 * LIMIT))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            decompress(bomb, encoding, LIMIT)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak_bytes < 4 * LIMIT


@pytest.mark.parametrize("way", ["gzip", "zstd"])
def test_a_body_of_very_many_empty_parts_takes_time_in_proportion(way: str) -> None:
    encoding, compress = COMPRESSORS[way]
    started_s = time.process_time()

    assert decompress(compress(b"") * 60_000, encoding, LIMIT) == b""

    assert time.process_time() - started_s < 2
