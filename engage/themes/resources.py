"""What the pure pipeline is handed: dictionaries, language identification and an encoder.

`tools()` is the one door: `analyse(stories, parameters, tools=tools())`.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

import simplemma
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from engage.themes.gloss import Glosser, Lexicon, read_freedict, read_lexicon
from engage.themes.model import Encoder, ModelMissing, default_encoder, local_encoder
from engage.themes.tools import Tools

FREEDICT = Path("/usr/share/dictd")
LEXICON_FOLDER = Path(__file__).parent / "lexicon"


def tools(
    *, term_base: Lexicon | None = None, learned: Lexicon | None = None, model: Path | None = None
) -> Tools:
    """`term_base`: the operator's own terms. `learned`: from `alignment.learn_lexicon` on approved
    translations. `model`: an operator's own encoder. What is missing falls back and says so in `versions`."""
    encoder, why = _encoder(model)
    glosser = welsh_glosser(term_base, learned)
    return Tools(
        glosser=glosser,
        classify=classifier(),
        welsh_lemma=welsh_lemma,
        english_lemma=english_lemma,
        encode=encoder.encode if encoder else None,
        encoder=encoder.name if encoder else "",
        multilingual=bool(encoder and encoder.multilingual),
        versions={
            "encoder": encoder.name if encoder else f"none: {why}",
            "lexicon": lexicon_version(glosser.lexicons),
            "simplemma": simplemma.__version__,
        },
    )


def welsh_glosser(term_base: Lexicon | None = None, learned: Lexicon | None = None) -> Glosser:
    """The reviewed civic lexicon is asked before the learned one: measured, what was learned is rougher."""
    return Glosser((term_base or {}, civic_lexicon(), learned or {}, freedict()), lemma=welsh_lemma)


def _encoder(model: Path | None) -> tuple[Encoder | None, str]:
    try:
        return (local_encoder(model) if model else default_encoder()), ""
    except ModelMissing as error:
        return None, str(error)


@cache
def civic_lexicon() -> Lexicon:
    """Every `lexicon/*.tsv`, in the order of their names; the first file that has a lemma has the last word."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(LEXICON_FOLDER.glob("*.tsv")):
        with path.open(encoding="utf-8") as file:
            for lemma, glosses in read_lexicon(file).items():
                found[lemma] = tuple(dict.fromkeys((*found.get(lemma, ()), *glosses)))
    return found


@cache
def freedict(folder: Path = FREEDICT) -> Lexicon:
    """Debian's Welsh–English FreeDict (GPL, never part of this product), where the operator installed it."""
    try:
        index = (folder / "freedict-cym-eng.index").read_text(encoding="utf-8")
        with gzip.open(folder / "freedict-cym-eng.dict.dz") as file:
            return read_freedict(index.splitlines(), file.read())
    except OSError:
        return {}


def lexicon_version(lexicons: Iterable[Mapping[str, tuple[str, ...]]]) -> str:
    digest = hashlib.sha256()
    for lexicon in lexicons:
        for lemma in sorted(lexicon):
            digest.update(f"{lemma}\t{','.join(lexicon[lemma])}\n".encode())
    return digest.hexdigest()[:16]


@cache
def classifier() -> Callable[[str], str]:
    """ "cy" or "en" for one sentence."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(["cy", "en"])
    return lambda text: str(identifier.classify(text)[0])


def welsh_lemma(word: str) -> str:
    return simplemma.lemmatize(word, lang="cy").lower()


@cache
def english_lemma(word: str) -> str:
    return simplemma.lemmatize(word, lang="en").lower()
