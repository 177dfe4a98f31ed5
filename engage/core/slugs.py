"""The readable end of an address, free in both languages: one slug never leads to two things."""

from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from translations import LANGUAGES, Bilingual, Language, in_language, slugify


async def free_slugs(
    session: AsyncSession, table: Any, title: Bilingual, *among: ColumnElement[bool], otherwise: str
) -> dict[Language, str]:
    """A slug per language, numbered where a row that meets ``among`` has it in either language.

    ``table`` has the columns slug_cy and slug_en; ``otherwise`` is for a title without a letter or digit.
    """
    stems = {
        lang: slugify(in_language(title, lang) or in_language(title, "en"), lang) or otherwise
        for lang in LANGUAGES
    }
    near = [column.startswith(stem) for column in (table.slug_cy, table.slug_en) for stem in stems.values()]
    rows = await session.execute(
        select(table.slug_cy, table.slug_en).where(near[0] | near[1] | near[2] | near[3], *among)
    )
    taken = {slug for row in rows for slug in row}
    return {lang: _free(stem, taken) for lang, stem in stems.items()}


def _free(stem: str, taken: set[str]) -> str:
    return next(
        slug for slug in (stem, *(f"{stem}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken
    )
