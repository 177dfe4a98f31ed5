"""The frozen rule in a `.pb` file: Pabulib's name for it, and every option as a command line in a comment.

META knows the name of a rule, but no key for an increment, a tie-break or a lot, and checkers refuse unknown
keys. So a file of ours says `comment;#1: count --rule equal-shares --increment 1.00 …`, which a person can type
and `rule_of` reads back.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import fields, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, get_args

from budgeting.counting_rule import RULES, TIE_KEYS, Completion, Options, Rule, TopUp, Utility
from budgeting.election import Election
from budgeting.pabulib_file import PabulibFile
from translations import N_

# What Pabulib calls a rule, and what that is here. Custom rules of single cities have no exact twin.
FILE_RULES: dict[str, tuple[Rule, dict[str, Any]]] = {
    "greedy": ("greedy", {}),
    "greedy-no-skip": ("greedy-no-skip", {}),
    "greedy-threshold": ("greedy-threshold", {}),
    "greedy-exclusive": ("greedy", {}),
    "greedy-custom": ("greedy-no-skip", {}),
    "equalshares": ("equal-shares", {"completion": "none"}),
    "equalshares-comparison": ("equal-shares", {"completion": "none", "comparison": True}),
    "equalshares/add1": ("equal-shares", {"completion": "add1"}),
    "equalshares/add1-comparison": ("equal-shares", {"completion": "add1", "comparison": True}),
}
COMMAND = re.compile(r"#\d+: count (--rule [^#]*)")


def rule_of(file: PabulibFile) -> tuple[Rule, Options]:
    """The rule that a file states, with all its options; greedy if it names none that is known.

    Raises ValueError if a command line in its comment means nothing.
    """
    stated = COMMAND.search(file.meta.get("comment", ""))
    threshold = file.meta.get("min_project_score_threshold", "").strip()
    minimum = int(Decimal(threshold)) if re.fullmatch(r"\d+(\.0+)?", threshold) else 0
    if stated:
        return _parsed(shlex.split(stated[1]), file.election, minimum)
    named = file.meta.get("rule", "").strip().lower()
    rule, values = FILE_RULES.get(named, ("greedy", {}))
    return rule, Options(minimum_votes=minimum, **values)


def meta_of(election: Election, rule: Rule, options: Options) -> dict[str, str]:
    """META keys that state the rule, for `compose`."""
    meta = {"rule": _name(rule, options), "comment": f"#1: count {command(election, rule, options)}"}
    if options.minimum_votes:
        meta["min_project_score_threshold"] = str(options.minimum_votes)
    return meta


def command(election: Election, rule: Rule, options: Options) -> str:
    """The options that repeat a count, as `count` takes them."""
    increment = options.increment or 10**election.decimals
    parts = ["--rule", rule, "--tie", ",".join(options.tie)]
    if rule == "equal-shares":
        parts += ["--utility", options.utility, "--completion", options.completion]
        parts += ["--increment", election.money(increment), "--top-up", options.top_up]
        parts += ["--comparison"] * options.comparison
    if options.minimum_votes:
        parts += ["--min-votes", str(options.minimum_votes)]
    for name, value in (("--lot-seed", options.lot_seed), ("--lot-root", options.lot_root)):
        if value:
            parts += [name, value.hex()]
    return " ".join(parts)


def _name(rule: Rule, options: Options) -> str:
    """Pabulib's name, where it has one for exactly this."""
    if rule == "greedy":
        return "greedy-threshold" if options.minimum_votes else "greedy"
    if rule != "equal-shares":
        return rule if rule in FILE_RULES else "unknown"
    add1 = "/add1" if options.completion != "none" else ""
    plain = options.utility == "cost" and options.top_up == "none" and options.completion != "add1-exhaustive"
    return f"equalshares{add1}{'-comparison' * options.comparison}" if plain else "unknown"


def _parsed(words: list[str], election: Election, minimum: int) -> tuple[Rule, Options]:
    values = {"minimum_votes": str(minimum)}
    flags = iter(words)
    for flag in flags:
        key = flag.removeprefix("--").replace("-", "_")
        values[key] = "yes" if key == "comparison" else next(flags, "")
    rule = values.pop("rule", "")
    if rule not in RULES:
        raise ValueError(N_("--rule %(value)s: there is no such rule.", value=rule))
    return rule, with_named(Options(), values, election)


def with_named(options: Options, values: Mapping[str, str], election: Election) -> Options:
    """Options with values as people write them, by name. Raises ValueError with a sentence."""
    renamed = {"min_votes": "minimum_votes"}
    read: dict[str, Any] = {}
    known = {field.name for field in fields(Options)}
    for given, text in values.items():
        name = renamed.get(given, given)
        if name not in known:
            raise ValueError(N_("--%(name)s: there is no such option.", name=given.replace("_", "-")))
        read[name] = _value(name, text, election)
    return replace(options, **read)


def _value(name: str, text: str, election: Election) -> Any:
    choices = {"utility": get_args(Utility), "completion": get_args(Completion), "top_up": get_args(TopUp)}
    if name in choices and text in choices[name]:
        return text
    if name == "increment":
        return _increment(text, election)
    if name == "tie":
        return _tie(text)
    if name in ("lot_seed", "lot_root"):
        return _bytes(name, text)
    if name == "minimum_votes" and text.isdecimal():
        return int(text)
    if name == "comparison":
        return text == "yes"
    flag = name.replace("_", "-")
    raise ValueError(N_("--%(name)s %(value)s: this is not one of its values.", name=flag, value=text))


def _increment(text: str, election: Election) -> int:
    try:
        value = Fraction(Decimal(text)) * 10**election.decimals
    except (InvalidOperation, ValueError, OverflowError):
        value = Fraction(0)
    if value <= 0 or value.denominator != 1:
        raise ValueError(N_("--increment %(value)s: not an amount of this file's money.", value=text))
    return int(value)


def _tie(text: str) -> tuple[str, ...]:
    keys = tuple(part.strip() for part in text.split(","))
    if not set(keys) <= set(TIE_KEYS):
        allowed = ",".join(TIE_KEYS)
        raise ValueError(N_("--tie %(value)s: only these break a tie: %(keys)s.", value=text, keys=allowed))
    return keys


def _bytes(name: str, text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        flag = name.replace("_", "-")
        raise ValueError(N_("--%(name)s %(value)s: not hexadecimal.", name=flag, value=text)) from None
