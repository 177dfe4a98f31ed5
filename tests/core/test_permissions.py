"""One question: may this person? An administrator holds every role at home and none elsewhere."""

from typing import Any
from uuid import uuid4

import pytest

from engage.core.errors import Forbidden, SignInNeeded
from engage.core.permissions import EVERYONE, STAFF, Actor, Role, holds, require

HOME, AWAY = uuid4(), uuid4()
HANDLER: Any = None


class Call:
    """A connection, as far as a guard looks at it."""

    def __init__(self, user: Actor | None) -> None:
        self.scope = {"user": user}


def actor(*roles: tuple[Any, Role]) -> Actor:
    return Actor(uuid4(), "Elin", "cy", frozenset(roles), "")


@pytest.mark.parametrize("role", list(Role))
def test_a_role_is_held_where_it_was_given(role: Role) -> None:
    who = actor((HOME, role))
    assert who.holds(role)
    assert who.holds(role, HOME)
    assert not who.holds(role, AWAY)
    assert all(who.holds(other, HOME) == (role in (other, Role.ADMINISTRATOR)) for other in Role)


def test_two_organisations_are_not_mixed_up() -> None:
    who = actor((HOME, Role.MODERATOR), (AWAY, Role.OFFICER))
    assert who.organisations == {HOME, AWAY}
    assert not who.holds(Role.OFFICER, HOME)
    assert who.holds_any([Role.OFFICER, Role.PARTNER], [HOME, AWAY])
    assert not who.holds_any([Role.OFFICER], [HOME])
    assert not who.holds_any([], [HOME])


def test_guards() -> None:
    stranger: Any = Call(None)
    moderator: Any = Call(actor((HOME, Role.MODERATOR)))
    EVERYONE(stranger, HANDLER)
    STAFF(moderator, HANDLER)
    holds(Role.OFFICER, Role.MODERATOR)(moderator, HANDLER)
    with pytest.raises(SignInNeeded):
        STAFF(stranger, HANDLER)
    with pytest.raises(SignInNeeded):
        holds(Role.OFFICER)(stranger, HANDLER)
    with pytest.raises(Forbidden):
        holds(Role.OFFICER)(moderator, HANDLER)
    with pytest.raises(Forbidden):
        require(False)
