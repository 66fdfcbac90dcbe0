"""A body as it comes, decoded by hand and counted: a few bytes on the wire may stand for gigabytes."""

from __future__ import annotations

import zlib

GZIP, ZLIB, RAW = 31, 15, -15  # how zlib calls them
ENCODINGS = {"gzip": GZIP, "x-gzip": GZIP, "deflate": ZLIB}
MOST_PIECES = 64  # gzip may be several in a row


class Body:
    """Takes a body piece by piece; keeps the first ``keep`` bytes, counts, and is ``full`` after ``most``.

    Neither what came nor what it stands for may be more than ``most``. An encoding that was not asked for is kept as
    it came. Raises zlib.error for what is not in its encoding.
    """

    def __init__(self, encoding: str, *, keep: int, most: int) -> None:
        self._wbits = ENCODINGS.get(encoding.strip().lower())
        self._decoder = zlib.decompressobj(self._wbits) if self._wbits else None
        self._keep = keep
        self._most = most
        self._came = 0
        self._pieces = 1
        self._begun = False
        self._head = b""
        self.kept = bytearray()
        self.size = 0

    @property
    def full(self) -> bool:
        return self.size > self._most or self._came > self._most

    def take(self, piece: bytes) -> None:
        self._came += len(piece)
        if self._decoder is None:
            self._put(piece)
            return
        if not self._begun:  # two bytes say which deflate it is
            piece, self._head = self._head + piece, b""
            if len(piece) < 2:
                self._head = piece
                return
        while piece and not self.full:
            if self._decoder.eof and not self._next(piece):
                return
            piece = self._decode(piece)

    def end(self) -> None:
        """Nothing more comes. Raises zlib.error where an encoded body is not whole."""
        if self._decoder is not None and self._came and not self._decoder.eof:
            raise zlib.error("the body ends before its encoding does")

    def _next(self, piece: bytes) -> bool:
        """Whether another gzip follows the one that ended; what else follows is no part of the body."""
        self._pieces += 1
        if self._wbits != GZIP or not piece.startswith(b"\x1f") or self._pieces > MOST_PIECES:
            return False
        self._decoder = zlib.decompressobj(GZIP)
        return True

    def _decode(self, piece: bytes) -> bytes:
        """Decode as much as there is room for; answer what is still to be decoded."""
        assert self._decoder is not None
        room = self._most + 1 - self.size
        try:
            decoded = self._decoder.decompress(piece, room)
        except zlib.error:
            if self._begun or self._wbits != ZLIB:
                raise
            self._wbits = RAW  # "deflate" is sent without its frame too
            self._decoder = zlib.decompressobj(RAW)
            decoded = self._decoder.decompress(piece, room)
        self._begun = True
        self._put(decoded)
        return self._decoder.unconsumed_tail or self._decoder.unused_data

    def _put(self, piece: bytes) -> None:
        self.size += len(piece)
        self.kept += piece[: max(0, self._keep - len(self.kept))]
