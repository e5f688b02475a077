"""Trains compression dictionaries on what is stored: prompts and tools repeat from trace to trace."""

import zstandard
from sqlalchemy import func, select

from trilha_server.storage.codec import LEVEL, Codec
from trilha_server.storage.database import Database
from trilha_server.storage.schema import chunk, dictionary, trace

FIRST_CHUNKS = 1000
"""Train the first dictionary once there are so many chunks."""

GROWTH = 30
"""Train the next once the change number is so many times what it was."""

MAX_DICTIONARIES = 8
DICTIONARY_BYTES = 64 * 1024  # measured: 112 kB, the usual size, saves 2 % more and costs twice the time to train
SAMPLES = 500
MAX_SAMPLE_BYTES = 32 * 1024
_FIRST_ID = 32768  # smaller ids are reserved for registered dictionaries

_ADD_DICTIONARY = "INSERT INTO dictionary (id, data, chunk_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


class Dictionaries:
    """The dictionaries of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, dict_id: int) -> bytes | None:
        """Read a dictionary; `None` where there is none of that id."""
        with self._database.reading() as connection:
            data = connection.execute(select(dictionary.c.data).where(dictionary.c.id == dict_id)).scalar()
        return None if data is None else bytes(data)

    def newest(self) -> bytes | None:
        """Read the dictionary to compress with."""
        with self._database.reading() as connection:
            data = connection.execute(select(dictionary.c.data).order_by(dictionary.c.id.desc()).limit(1)).scalar()
        return None if data is None else bytes(data)

    def train(self, codec: Codec) -> bool:
        """Train and use a new dictionary if it is time to; says whether it was."""
        with self._database.reading() as connection:
            last_chunk = connection.execute(select(func.max(chunk.c.id))).scalar() or 0
            known = connection.execute(
                select(func.max(dictionary.c.id), func.max(dictionary.c.chunk_id), func.count()).select_from(dictionary)
            ).one()
            newest_id, trained_at, count = known
            due = last_chunk >= FIRST_CHUNKS if count == 0 else last_chunk >= GROWTH * trained_at
            if not due or count >= MAX_DICTIONARIES:
                return False
            chunks = connection.execute(select(chunk.c.spans).order_by(chunk.c.id.desc()).limit(SAMPLES)).scalars()
            records = connection.execute(select(trace.c.record).order_by(trace.c.key.desc()).limit(SAMPLES)).scalars()
            frames = [*chunks, *records]
        samples = [codec.decompress(frame)[:MAX_SAMPLE_BYTES] for frame in frames]
        new_id = _FIRST_ID if newest_id is None else newest_id + 1
        try:
            trained = zstandard.train_dictionary(
                DICTIONARY_BYTES,
                samples,  # pyright: ignore[reportArgumentType]  # the stub asks for a list of a type that is gone
                dict_id=new_id,
                level=LEVEL,
            )
        except zstandard.ZstdError:  # samples too few or too much alike to learn from
            return False
        data = trained.as_bytes()
        with self._database.writing() as cursor:
            cursor.execute(_ADD_DICTIONARY, (new_id, data, last_chunk))
        codec.use_dictionary(self.load(new_id) or data)
        return True
