"""Where a round and its projects are found, for pages and for the jobs that write of them in the thread."""

from engage.core.addresses import address

ROUND = address("round", cy="/rowndiau/{slug:str}", en="/rounds/{slug:str}")
PROJECT = address(
    "project",
    cy="/rowndiau/{slug:str}/prosiectau/{project:str}",
    en="/rounds/{slug:str}/projects/{project:str}",
)
