"""What all comparisons share: the command, what it made of a file, and the count of what was compared."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = Path(tempfile.mkdtemp(prefix="redtape-readers-"))
passed, failed = 0, 0


def kept(text):
    """A cell without the apostrophe with which exporters keep spreadsheets from making a number or a formula of it."""
    text = str(text).strip()
    return text[1:] if re.match(r"'(=|\+|-|@|[0-9][0-9 \-+.,:/TZ]*$)", text) else text


def mapping(what, more):
    """A mapping of random records to meetings: the columns that all comparisons have, and more of them."""
    return f'''
about = "Random {what}, for a comparison of readers"
[[activity]]
kind = "meeting"
id = "Nr"
at = "Start"
account = {{ from = "Customer", default = "nobody" }}
title = "Title"
duration_min = "Minutes"
{more}
'''


def convert(file, *arguments, mapping=None):
    """The activities of a file, as a list of objects in their order, and what was said on standard error."""
    arguments = list(arguments)
    if mapping is not None:
        path = FOLDER / "mapping.toml"
        path.write_text(mapping, encoding="utf-8")
        arguments += ["--mapping", str(path)]
    command = [os.environ["REDTAPE"], "convert", str(file), "--people", "names", *arguments]
    ran = subprocess.run(command, capture_output=True, timeout=60)
    said = ran.stderr.decode("utf-8", "replace")
    return [json.loads(line) for line in ran.stdout.splitlines()], said


def same(name, theirs, ours, said=""):
    """Counts one comparison, and shows the first difference of two lists or values."""
    global passed, failed
    if theirs == ours:
        passed += 1
        return
    failed += 1
    print(f"FAIL {name}")
    if isinstance(theirs, list) and isinstance(ours, list):
        print(f"  {len(theirs)} and {len(ours)}")
        differing = [(a, b) for a, b in zip(theirs, ours) if a != b][:3]
        rest = theirs[len(ours):][:3] or ours[len(theirs):][:3]
        for a, b in differing:
            print(f"  they read {a!r}\n  we read   {b!r}")
        if rest:
            print(f"  only one has {rest!r}")
    else:
        print(f"  they read {theirs!r}\n  we read   {ours!r}")
    if said:
        print("  " + said.strip().replace("\n", "\n  ")[:800])


def finish():
    """The last line, and the exit code."""
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
