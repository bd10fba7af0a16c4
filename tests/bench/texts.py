"""How often the text check alters a harmless text, over a real city's year: every wording of its places,
and every other text of its calls as a code.

    /usr/bin/python3 tests/bench/texts.py ../shared/data    # the folder that `make demo-city` takes

Needs build/release/unit/test_text_check (make unit)."""

import csv
import gzip
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CHECK = os.path.join(ROOT, os.environ.get("OUT", "build/release"), "unit", "test_text_check")
PLACE = "Hundred.Block.Location"


def texts_of(data):
    """{(kind of text, text)} of the year."""
    texts = set()
    with gzip.open(os.path.join(data, "seattle-911-2015", "calls.csv.gz"), "rt", encoding="latin-1") as file:
        for row in csv.DictReader(file):
            for column, value in row.items():
                text = (value or "").strip()
                if text and (column != PLACE or '"' not in text):
                    texts.add(("place" if column == PLACE else "code", text))
    return texts


def main(data):
    texts = texts_of(data)
    for field in ("place", "code"):
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".tsv") as file:
            file.writelines(f"{field}\t{text}\n" for kind, text in sorted(texts) if kind == field)
            file.flush()
            print(f"{field}:", flush=True)
            subprocess.run([CHECK], cwd=ROOT, check=True, env={**os.environ, "TEXTS": file.name})


if __name__ == "__main__":
    main(sys.argv[1])
