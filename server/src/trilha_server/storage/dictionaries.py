"""Trains compression dictionaries on what is stored: prompts and tools repeat from trace to trace."""

import zstandard

from trilha_server.storage.codec import LEVEL, Codec
from trilha_server.storage.database import Database

FIRST_CHUNKS = 1000
"""Train the first dictionary once there are so many chunks."""

GROWTH = 30
"""Train the next once the change number is so many times what it was."""

MAX_DICTIONARIES = 8
DICTIONARY_BYTES = 64 * 1024  # measured: 112 kB, the usual size, saves 2 % more and costs twice the time to train
SAMPLES = 500  # measured: 250 take half the time to train and leave 20 bytes more of each trace
MAX_SAMPLE_BYTES = 32 * 1024
_FIRST_ID = 32768  # smaller ids are reserved for registered dictionaries

_DICTIONARY = "SELECT data FROM dictionary WHERE id = ?"
_NEWEST_DICTIONARY = "SELECT data FROM dictionary ORDER BY id DESC LIMIT 1"
_STATE = """
SELECT (SELECT coalesce(max(id), 0) FROM chunk), max(id), max(chunk_id), count(*) FROM dictionary
"""
_NEWEST_CHUNKS = "SELECT spans FROM chunk ORDER BY id DESC LIMIT ?"
_NEWEST_RECORDS = "SELECT record FROM trace ORDER BY key DESC LIMIT ?"
_ADD_DICTIONARY = "INSERT INTO dictionary (id, data, chunk_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


class Dictionaries:
    """The dictionaries of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, dict_id: int) -> bytes | None:
        """Read a dictionary; `None` where there is none of that id."""
        return self._first(_DICTIONARY, dict_id)

    def newest(self) -> bytes | None:
        """Read the dictionary to compress with."""
        return self._first(_NEWEST_DICTIONARY)

    def train(self, codec: Codec) -> bool:
        """Train and use a new dictionary if it is time to; says whether it was."""
        with self._database.reading() as cursor:
            cursor.execute(_STATE)
            last_chunk, newest_id, trained_at, count = cursor.rows()[0]
            due = last_chunk >= FIRST_CHUNKS if count == 0 else last_chunk >= GROWTH * trained_at
            if not due or count >= MAX_DICTIONARIES:
                return False
            frames: list[bytes] = []
            for newest in (_NEWEST_CHUNKS, _NEWEST_RECORDS):
                cursor.execute(newest, (SAMPLES,))
                frames += [frame for (frame,) in cursor]
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

    def _first(self, sql: str, *values: object) -> bytes | None:
        with self._database.reading() as cursor:
            cursor.execute(sql, values)
            return next((data for (data,) in cursor), None)
