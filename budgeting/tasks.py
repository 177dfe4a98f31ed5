"""From the last ballot to the result: the jobs, each repeatable, each step committed before the next."""

from uuid import UUID

from budgeting import results, sealing
from budgeting.rounds import by_id
from engage.core.jobs import LongTask, long_job
from engage.core.outbox import enqueue
from engage.core.settings import read_settings
from translations import N_, Message

STEPS: dict[str, Message] = {
    "closing": N_("Closing the vote"),
    "draining": N_("Waiting for the last ballots"),
    "sealing": N_("Sealing the box"),
    "destroying": N_("Destroying the secret of the round"),
    "counting": N_("Counting by both rules"),
    "deciding": N_("Writing the result"),
}


@long_job("budgeting.close", attempts=20)
async def close(task: LongTask, round_id: UUID) -> None:
    """Asked for when the rules freeze, due when voting ends by its dates; an officer may ask again."""
    await task.progress(10, "closing")
    async with task.read() as session:
        await sealing.close_voting(session, round_id)
    await task.progress(50, "draining")
    async with task.finish() as session:
        if (await by_id(session, round_id)).cancelled_at is None:
            await sealing.drain_box(session, round_id)


@long_job("budgeting.seal")
async def seal(task: LongTask, round_id: UUID) -> None:
    settings = read_settings()
    await task.progress(10, "sealing")
    async with task.read() as session:
        await sealing.seal(session, settings, round_id)
    await task.progress(80, "destroying")
    async with task.finish() as session:
        await sealing.destroy_secret(session, settings, round_id)
        await enqueue(session, "budgeting.count", unique=str(round_id), round_id=round_id)


@long_job("budgeting.count")
async def count(task: LongTask, round_id: UUID) -> None:
    await task.progress(10, "counting")
    async with task.read() as session:
        given = await results.inputs(session, round_id)
    counted = await task.compute(results.count, given)
    await task.progress(90, "deciding")
    async with task.finish() as session:
        await results.keep(session, round_id, counted)


@long_job("budgeting.destroy_secret")
async def destroy_secret(task: LongTask, round_id: UUID) -> None:
    """After a round was cancelled."""
    async with task.finish() as session:
        await sealing.destroy_secret(session, read_settings(), round_id)
