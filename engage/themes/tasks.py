"""The theme run: read, compute outside any transaction, keep."""

import asyncio
from uuid import UUID

import msgspec

from engage.core.jobs import LongTask, long_job
from engage.themes.models import ThemeRun
from engage.themes.results import Analysis, Parameters, StoryInput
from engage.themes.service import inputs, keep
from translations import N_, Message

STEPS: dict[str, Message] = {
    "languages": N_("Telling Welsh from English"),
    "copies": N_("Looking for near-copies"),
    "meaning": N_("Reading what the stories mean"),
    "number": N_("Trying numbers of themes"),
    "themes": N_("Grouping the stories"),
    "voices": N_("Counting the voices"),
    "words": N_("Finding the words of each theme"),
    "done": N_("Done"),
}


@long_job("themes.run")
async def run_themes(task: LongTask, run_id: UUID) -> None:
    # scikit-learn and the encoder take seconds to import: a server that groups no stories never does.
    from engage.themes.analysis import Stopped, analyse
    from engage.themes.resources import tools

    async with task.read() as session:
        run = await session.get_one(ThemeRun, run_id)
        parameters = msgspec.convert(run.parameters, Parameters)
        stories = await inputs(session, run)
    loop = asyncio.get_running_loop()

    def report(percent: int, step: str) -> None:
        asyncio.run_coroutine_threadsafe(task.progress(percent, step), loop)

    def work(stories: list[StoryInput]) -> Analysis:
        return analyse(stories, parameters, tools=tools(), progress=report, should_stop=task.stopped.is_set)

    try:
        analysis = await task.compute(work, stories)
    except Stopped:
        if await task.cancelled():
            return
        raise
    async with task.finish() as session:
        await keep(session, run_id, analysis)
