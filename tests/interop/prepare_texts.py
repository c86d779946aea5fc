"""Prepares texts for tests/interop/saslprep_test.ts.

Reads a text in JSON from each line of stdin. Answers each by a line of JSON:
the prepared text, null where it may be no user and no password, or false where
it holds a code point that is newer than this Python.
"""

import json
import sys
import unicodedata
from typing import Union

sys.dont_write_bytecode = True  # leaves no __pycache__ in the repository

from scram import saslprep  # noqa: E402


def main() -> None:
    """Answer every line of stdin."""
    for line in sys.stdin:
        print(json.dumps(prepare(json.loads(line))))


def prepare(text: str) -> Union[str, bool, None]:
    """What one text becomes."""
    # Cn: not assigned, so what NFKC makes of it is not known here.
    if any(unicodedata.category(char) == "Cn" for char in text):
        return False
    try:
        return saslprep(text)
    except ValueError:
        return None


if __name__ == "__main__":
    main()
