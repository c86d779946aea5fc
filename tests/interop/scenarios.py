"""What a stranger's client does with a real ftpd, one scenario after another.

    scenarios.py HOST PORT USER PASSWORD [NAME...]    run them, or those named
    scenarios.py --list                               print their names

Each runs on connections of its own; those that look for files expect that the
home is empty, so give each an account of its own where they run one by one.
Prints `ok NAME` or `FAILED NAME` a scenario, and ends with 1 after a failure.
"""

import sys
import traceback

sys.dont_write_bytecode = True  # leaves no __pycache__ in the repository

import scenarios_files  # noqa: E402, F401
import scenarios_login  # noqa: E402, F401
import scenarios_order  # noqa: E402, F401
import scenarios_pipelining  # noqa: E402, F401
import scenarios_vectors  # noqa: E402, F401
from harness import SCENARIOS, Server  # noqa: E402


def main(arguments: list[str]) -> int:
    """Run what is asked for; returns the exit code."""
    if arguments == ["--list"]:
        print("\n".join(SCENARIOS))
        return 0
    if len(arguments) < 4 or not set(arguments[4:]) <= set(SCENARIOS):
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, password, *names = arguments
    server = Server(host, int(port), user, password)
    failures = 0
    for name in names or SCENARIOS:
        try:
            SCENARIOS[name](server)
            print(f"ok {name}", flush=True)
        except Exception:
            failures += 1
            print(f"FAILED {name}", flush=True)
            traceback.print_exc()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
