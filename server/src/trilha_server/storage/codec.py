"""Records and spans as bytes: MessagePack, compressed with Zstandard and, once one is trained, a dictionary."""

import threading
from collections.abc import Callable

import msgspec
import zstandard

from trilha_server.domain.batch import EncodedSpans
from trilha_server.domain.errors import StoreError
from trilha_server.domain.span import SpanFacts
from trilha_server.domain.trace import TraceRecord

LEVEL = 3  # measured: higher levels cost more time than they save room on spans of a few kilobytes

_encoder = msgspec.msgpack.Encoder()
_record_decoder = msgspec.msgpack.Decoder(TraceRecord)
_chunk_decoder = msgspec.msgpack.Decoder(tuple[list[SpanFacts], EncodedSpans])
_facts_decoder = msgspec.msgpack.Decoder(tuple[list[SpanFacts], msgspec.Raw])


class Codec:
    """Compresses with the newest dictionary and decompresses with whichever a frame names. Safe to share by threads."""

    def __init__(self, load_dictionary: Callable[[int], bytes | None]) -> None:
        self._load_dictionary = load_dictionary
        self._dictionaries: dict[int, zstandard.ZstdCompressionDict] = {}
        self._newest: zstandard.ZstdCompressionDict | None = None
        self._local = threading.local()

    def use_dictionary(self, data: bytes) -> None:
        """Compress with this dictionary from now on."""
        dictionary = zstandard.ZstdCompressionDict(data)
        dictionary.precompute_compress(level=LEVEL)  # pyright: ignore[reportUnknownMemberType]  # stub
        self._dictionaries[dictionary.dict_id()] = dictionary
        self._newest = dictionary

    def compress(self, raw: bytes) -> bytes:
        """Write one frame."""
        newest = self._newest
        kept: tuple[object, zstandard.ZstdCompressor] | None = getattr(self._local, "compressor", None)
        if kept is None or kept[0] is not newest:
            compressor = zstandard.ZstdCompressor(level=LEVEL, dict_data=newest)
            kept = self._local.compressor = (newest, compressor)
        return kept[1].compress(raw)

    def decompress(self, frame: bytes) -> bytes:
        """Read one frame. Raises `StoreError` where it is damaged."""
        try:
            dict_id = zstandard.get_frame_parameters(frame).dict_id
            return self._decompressor(dict_id).decompress(frame, max_output_size=0)
        except zstandard.ZstdError as error:
            raise StoreError("stored bytes are damaged") from error

    @staticmethod
    def raw_bytes(frame: bytes) -> int:
        """Read how many bytes a frame holds when it is decompressed."""
        return zstandard.get_frame_parameters(frame).content_size

    def record_bytes(self, record: TraceRecord) -> bytes:
        """Write a trace's record."""
        return self.compress(_encoder.encode(record))

    def read_record(self, frame: bytes) -> TraceRecord:
        """Read a trace's record back."""
        return _record_decoder.decode(self.decompress(frame))

    def chunk_bytes(self, facts: list[SpanFacts], encoded: EncodedSpans | msgspec.Raw) -> bytes:
        """Write a chunk."""
        return self.compress(_encoder.encode((facts, encoded)))

    def read_chunk(self, frame: bytes) -> tuple[list[SpanFacts], EncodedSpans]:
        """Read a chunk back."""
        return _chunk_decoder.decode(self.decompress(frame))

    def read_facts(self, frame: bytes) -> list[SpanFacts]:
        """Read the facts of a chunk back, leaving the payloads alone."""
        return self.open_chunk(frame)[0]

    def open_chunk(self, frame: bytes) -> tuple[list[SpanFacts], msgspec.Raw]:
        """Read the facts of a chunk back, with the payloads as they stand there."""
        return _facts_decoder.decode(self.decompress(frame))

    def _decompressor(self, dict_id: int) -> zstandard.ZstdDecompressor:
        kept: dict[int, zstandard.ZstdDecompressor] | None = getattr(self._local, "decompressors", None)
        if kept is None:
            kept = self._local.decompressors = {}
        if dict_id not in kept:
            kept[dict_id] = zstandard.ZstdDecompressor(dict_data=self._dictionary(dict_id) if dict_id else None)
        return kept[dict_id]

    def _dictionary(self, dict_id: int) -> zstandard.ZstdCompressionDict:
        if dict_id not in self._dictionaries:
            data = self._load_dictionary(dict_id)
            if data is None:
                raise StoreError("a compression dictionary is missing", dict_id=dict_id)
            self._dictionaries[dict_id] = zstandard.ZstdCompressionDict(data)
        return self._dictionaries[dict_id]
