"""What a stranger's client does with a real ftpd, one scenario after another.

    scenarios.py HOST PORT USER PASSWORD [NAME...]    run them, or those named
    scenarios.py --list                               print their names
    scenarios.py --each HOST PORT                     run what stdin names

Each runs on connections of its own; those that look for files expect that the
home is empty. So `--each` takes an account each, by lines `NAME USER PASSWORD
HOME` with tabs between. `--spine` before all of that runs the scenarios of version
1's beginning with the client of that time, spine_client.py.
Prints `ok NAME` or `FAILED NAME` a scenario, and ends with 1 after a failure.
"""

import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

sys.dont_write_bytecode = True  # leaves no __pycache__ in the repository

# What version 1 began with, and what came later (PROTOCOL.md, 4, "Features").
SPINE = ("files", "login", "order", "pipelining", "vectors")
LATER = ("examples", "folders", "versions", "trees", "resume")


def load(spine: bool) -> None:
    """Fill the table of scenarios."""
    if spine:
        sys.modules["client"] = import_module("spine_client")
    for module in SPINE if spine else SPINE + LATER:
        import_module(f"scenarios_{module}")


def main(arguments: list[str]) -> int:
    """Run what is asked for; returns the exit code."""
    spine = arguments[:1] == ["--spine"]
    load(spine)
    from harness import SCENARIOS, Server  # imports the client that was chosen

    if spine:
        arguments = arguments[1:]
    accounts: list[tuple[Any, ...]]
    if arguments == ["--list"]:
        for name, scenario in SCENARIOS.items():
            print(scenario.__module__.removeprefix("scenarios_"), name)
        return 0
    if len(arguments) == 3 and arguments[0] == "--each":
        lines = [line.rstrip("\n").split("\t") for line in sys.stdin]
        accounts = [(*line[:3], *map(Path, line[3:])) for line in lines]
        host, port = arguments[1:]
    elif len(arguments) >= 4 and set(arguments[4:]) <= set(SCENARIOS):
        host, port, *login = arguments[:4]
        accounts = [(name, *login) for name in arguments[4:] or SCENARIOS]
    else:
        print(__doc__, file=sys.stderr)
        return 2
    failures = 0
    for name, user, password, *home in accounts:
        try:
            SCENARIOS[name](Server(host, int(port), user, password, *home))
            print(f"ok {name}", flush=True)
        except Exception:
            failures += 1
            print(f"FAILED {name}", flush=True)
            traceback.print_exc()
            sys.stderr.flush()
    return 1 if failures else 0


if __name__ == "__main__":
    # Names and passwords of any letters, whatever the locale.
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1:]))
