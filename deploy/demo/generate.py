#!/usr/bin/python3
"""The demonstration county: its tables, a year of its calls, and its calls as they happen. See README.md beside it."""
import argparse
import datetime
import pathlib
import sys

sys.dont_write_bytecode = True

import county  # noqa: E402
import history  # noqa: E402
import incidents  # noqa: E402
import live  # noqa: E402
import vocabulary  # noqa: E402


def moment(text):
    at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError("needs an offset, such as 2026-01-31T09:00:00Z")
    return at


def positive(text):
    value = float(text)
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError("must be over 0")
    return value


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    world = commands.add_parser("world", help="write the tables")
    year = commands.add_parser("year", help="write the tables and the history")
    now = commands.add_parser("live", help="append calls as they happen")
    for command in (world, year, now):
        command.add_argument("--out", type=pathlib.Path, required=True, metavar="DIR")
    year.add_argument("--end", type=datetime.date.fromisoformat, metavar="DATE", help="first day not written")
    year.add_argument("--seed", type=int, default=1)
    year.add_argument("--incidents", type=int, default=9500)
    now.add_argument("--seed", type=int, default=1)
    now.add_argument("--pace", type=positive, default=1.0)
    now.add_argument("--for", type=positive, dest="seconds", metavar="SECONDS")
    now.add_argument("--start", type=moment, metavar="TIME", help="do not wait; needs --for")
    given = parser.parse_args()
    if given.command == "live" and given.start and not given.seconds:
        parser.error("--start needs --for")
    return given


def main():
    given = arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    if given.command == "live":
        live.run(given.out, given.seed, given.pace, given.seconds, given.start)
        return
    county.write_tables(given.out)
    vocabulary.write_maps(given.out, county.write_csv)
    if given.command == "year":
        today = datetime.datetime.now(incidents.ZONE).date()  # in the county's zone, not this machine's
        year = history.Year(given.seed, given.end or today, given.incidents)
        year.make()
        year.write(given.out)


if __name__ == "__main__":
    main()
