"""Vectors as the database keeps them: one bit a dimension to find candidates, one byte a dimension to compare them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Vector = NDArray[numpy.float32]


def code(vector: Vector) -> str:
    """The signs, as the digits of a bit string: near vectors have codes that differ in few places."""
    return "".join("1" if positive else "0" for positive in (vector > 0).tolist())


def signs(vector: Vector) -> bytes:
    """The same as bytes, eight signs each."""
    import numpy

    return bytes(numpy.packbits(vector > 0).tobytes())


def pack(vector: Vector) -> bytes:
    """Each number as a signed byte, the largest as 127. The scale is lost; a cosine does not need it."""
    import numpy

    return bytes(numpy.round(vector * (127 / numpy.abs(vector).max())).astype(numpy.int8).tobytes())


def similarities(query: Vector, packed: Sequence[bytes]) -> list[float]:
    """The cosine of the query with each packed vector."""
    import numpy

    if not packed:
        return []
    rows = numpy.frombuffer(b"".join(packed), numpy.int8).reshape(len(packed), -1).astype(numpy.float32)
    lengths = numpy.linalg.norm(rows, axis=1) * numpy.linalg.norm(query)
    return [float(value) for value in (rows @ query) / lengths]
