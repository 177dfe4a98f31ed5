"""Permission is one question: does the phase allow it, and may this person?

A route names who may call it with one guard (``EVERYONE``, ``STAFF``, ``holds(Role.OFFICER)``);
a service asks :func:`require` about the very thing that is touched.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from uuid import UUID

import msgspec
from litestar.handlers import BaseRouteHandler

from engage.core.errors import Forbidden, SignInNeeded
from engage.core.http import Connection
from translations import Language


class Role(StrEnum):
    """A person's part in one organisation."""

    ADMINISTRATOR = "administrator"
    OFFICER = "officer"
    MODERATOR = "moderator"
    TRANSLATOR = "translator"
    PARTNER = "partner"
    SCRUTINY = "scrutiny"


class Actor(msgspec.Struct, frozen=True):
    """The signed-in person, as every permission sees them."""

    person_id: UUID
    name: str
    language: Language
    roles: frozenset[tuple[UUID, Role]]
    session_token: str

    @property
    def organisations(self) -> frozenset[UUID]:
        return frozenset(organisation for organisation, _ in self.roles)

    def holds(self, role: Role, organisation: UUID | None = None) -> bool:
        """An administrator holds every role of their own organisation."""
        return any(
            held in (role, Role.ADMINISTRATOR) and (organisation is None or organisation == where)
            for where, held in self.roles
        )

    def holds_any(self, roles: Iterable[Role], organisations: Iterable[UUID]) -> bool:
        return any(self.holds(role, organisation) for role in roles for organisation in organisations)


Guard = Callable[[Connection, BaseRouteHandler], None]


def EVERYONE(connection: Connection, handler: BaseRouteHandler) -> None:
    """Residents and the public: no account needed."""


def STAFF(connection: Connection, handler: BaseRouteHandler) -> None:
    """Anyone signed in."""
    actor_of(connection)


def holds(*roles: Role) -> Guard:
    """Signed in, with one of these roles in at least one organisation; the service then checks which."""

    def guard(connection: Connection, handler: BaseRouteHandler) -> None:
        actor = actor_of(connection)
        if not any(actor.holds(role) for role in roles):
            raise Forbidden

    guard.__name__ = "holds_" + "_or_".join(roles)
    return guard


def actor_of(connection: Connection) -> Actor:
    """The signed-in person. Raises SignInNeeded."""
    actor = connection.scope.get("user")
    if not isinstance(actor, Actor):
        raise SignInNeeded
    return actor


def require(allowed: bool) -> None:
    if not allowed:
        raise Forbidden
