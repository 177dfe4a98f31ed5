"""python -m translations extract [--only DOMAIN] | check [--only DOMAIN] [--terms]"""

from __future__ import annotations

import argparse
import sys

from translations.check import check
from translations.extraction import update_catalogues


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m translations", description="The Welsh catalogues.")
    commands = parser.add_subparsers(dest="command", required=True)
    extract = commands.add_parser("extract", help="bring the .po files in line with the source")
    checking = commands.add_parser("check", help="fail on anything missing, fuzzy or mismatched")
    checking.add_argument(
        "--terms", action="store_true", help="also warn where the term base is not followed"
    )
    for command in (extract, checking):
        command.add_argument("--only", metavar="DOMAIN", help="one catalogue, such as stories")
    options = parser.parse_args(arguments)
    if options.command == "extract":
        return _extract(options.only)
    return _check(options.only, options.terms)


def _extract(only: str | None) -> int:
    for path in update_catalogues(only):
        print(f"{path.name} {'written' if path.exists() else 'removed'}")
    return 0


def _check(only: str | None, with_terms: bool) -> int:
    faults = check(only=only)
    for fault in faults:
        print(fault)
    if with_terms:
        from translations.terms import check_terms

        for warning in check_terms(only=only):
            print(f"warning: {warning}")
    print(f"{len(faults)} faults" if faults else "The Welsh catalogues are complete.", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
