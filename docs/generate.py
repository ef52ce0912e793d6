"""Writes the pages that are made from the code, or with --check says which of them are out of date."""

from __future__ import annotations

import argparse
import sys

from generator.site import stale, write


def main() -> int:
    """Write the pages or compare them; the exit code: 1 if a comparison found differences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, list the pages that are stale")
    if not parser.parse_args().check:
        write()
        return 0
    problems = stale()
    for page, problem in problems.items():
        print(f"docs/{page}: {problem}", file=sys.stderr)
    if problems:
        print("run `make docs` and commit what it changes", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
