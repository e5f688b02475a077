"""The process that reads requests for the server: they come in on its input, and go out as what they hold."""

import gc
import os
import signal
import struct
import sys
from enum import IntEnum
from typing import BinaryIO, Final

import msgspec

from trilha_server.domain.errors import InvalidInput
from trilha_server.normalise.otlp import OtlpSpans, read_request
from trilha_server.normalise.otlp_json import parse_json

FRAME: Final = struct.Struct("<IB")
"""What goes before every body and every answer: its length, and the form of a body."""

NOT_READ: Final = b""

_GC_ALLOCATIONS: Final = 50_000


class Form(IntEnum):
    """How a request is written."""

    PROTOBUF = 0
    JSON = 1


def read(body: bytes, form: Form) -> OtlpSpans:
    """Take a request apart by trace. Raises `InvalidInput` where OTLP cannot read it."""
    if form is Form.PROTOBUF:
        return read_request(body)
    request, rejections = parse_json(body)
    spans = read_request(request.SerializeToString())
    return OtlpSpans(traces=spans.traces, rejections=[*rejections, *spans.rejections])


def main() -> None:
    """Answer until the server that asks has gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal it goes to both; the server decides when it is over
    gc.freeze()
    gc.set_threshold(_GC_ALLOCATIONS, 20, 50)
    bodies, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing that is printed gets among the answers
    encode = msgspec.msgpack.Encoder().encode
    _send(answers, NOT_READ)  # says that the process has started
    while len(header := bodies.read(FRAME.size)) == FRAME.size:
        size_bytes, form = FRAME.unpack(header)
        try:
            frame = encode(read(bodies.read(size_bytes), Form(form)))
        except InvalidInput:
            frame = NOT_READ
        _send(answers, frame)


def _send(answers: BinaryIO, frame: bytes) -> None:
    answers.write(FRAME.pack(len(frame), 0))
    answers.write(frame)
    answers.flush()


if __name__ == "__main__":
    main()
