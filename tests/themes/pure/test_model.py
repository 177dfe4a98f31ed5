import json

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from engage.themes import model
from engage.themes.model import ModelMissing, default_encoder, local_encoder, remembering


@pytest.fixture(scope="module")
def encoder():
    return default_encoder()


def test_vectors_are_those_of_the_published_model(encoder):
    """Cosines as sentence-transformers prints them for this model and these sentences."""
    vectors = encoder.encode(
        ["That is a happy person", "That is a very happy person", "Today is a sunny day"]
    )
    assert vectors[0] @ vectors[1] == pytest.approx(0.9429, abs=5e-4)
    assert vectors[0] @ vectors[2] == pytest.approx(0.2569, abs=5e-4)


def test_order_repeats_and_empty_input_are_harmless(encoder):
    texts = ["a road", "a much longer text about a road and a river", "", "a road"]
    vectors = encoder.encode(texts)
    assert np.isfinite(vectors).all()
    assert (vectors[0] == vectors[3]).all()
    assert (encoder.encode(texts[::-1])[::-1] == vectors).all()
    assert len(encoder.encode([])) == 0


def test_a_changed_byte_is_refused(monkeypatch):
    monkeypatch.setattr(model, "WEIGHTS_SHA256", "0" * 64)
    default_encoder.cache_clear()
    with pytest.raises(ModelMissing, match="not the file that was reviewed"):
        default_encoder()
    default_encoder.cache_clear()


def test_an_operators_own_model_is_loaded(tmp_path):
    words = {word: n for n, word in enumerate(["<s>", "<pad>", "ysgol", "school", "afon"])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<s>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    config = {"model_type": "xlm-roberta", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
              "max_position_embeddings": 20, "pad_token_id": 1, "layer_norm_eps": 1e-5}  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "cydlais.json").write_text('{"multilingual": true, "prefix": ""}')
    save_file(_weights(len(words)), tmp_path / "model.safetensors")
    own = local_encoder(tmp_path)
    vectors = own.encode(["ysgol", "school", "afon afon", "ysgol"])
    assert own.multilingual
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-3)
    assert (vectors[0] == vectors[3]).all()
    assert abs(vectors[0] - vectors[1]).max() > 0.01


def _weights(words):
    draw = np.random.default_rng(1)
    shapes = {"embeddings.word_embeddings.weight": (words, 8), "embeddings.position_embeddings.weight": (20, 8),
              "embeddings.token_type_embeddings.weight": (1, 8), "embeddings.LayerNorm.weight": (8,),
              "embeddings.LayerNorm.bias": (8,)}  # fmt: skip
    base = "encoder.layer.0."
    for name in (
        "attention.self.query",
        "attention.self.key",
        "attention.self.value",
        "attention.output.dense",
    ):
        shapes |= {f"{base}{name}.weight": (8, 8), f"{base}{name}.bias": (8,)}
    shapes |= {f"{base}intermediate.dense.weight": (16, 8), f"{base}intermediate.dense.bias": (16,)}
    shapes |= {f"{base}output.dense.weight": (8, 16), f"{base}output.dense.bias": (8,)}
    for name in ("attention.output.LayerNorm", "output.LayerNorm"):
        shapes |= {f"{base}{name}.weight": (8,), f"{base}{name}.bias": (8,)}
    return {f"roberta.{name}": draw.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def test_a_folder_without_a_model_says_so(tmp_path):
    with pytest.raises(ModelMissing, match=r"tokenizer\.json"):
        local_encoder(tmp_path / "nothing")


def test_only_new_texts_are_encoded(encoder):
    asked = []

    def counting(texts):
        asked.append(list(texts))
        return encoder.encode(texts)

    store = {}
    remembered = remembering(counting, store)
    first = remembered(["one road", "two rivers"])
    again = remembered(["two rivers", "three hills", "one road"])
    assert asked == [["one road", "two rivers"], ["three hills"]]
    assert (again[2] == first[0]).all()
