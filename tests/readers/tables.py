"""Random tables, as csv writes them and pandas reads them: fields in their places, whatever stands in them."""

import csv
import random

import pandas

from shared import FOLDER, convert, finish, kept, mapping, same

MAPPING = mapping("rows", 'series = "Series"')
PIECES = ["a", "B", "7", " ", "é", "ß", "€", ",", ";", "\t", "|", "\"", "'", "#", "-", "\n", "=", "\\", "日本", "NA", "null", "True"]
DIALECTS = [
    ("utf-8", ",", csv.QUOTE_MINIMAL, "\n"),
    ("utf-8-sig", ";", csv.QUOTE_ALL, "\r\n"),
    ("utf-8", "\t", csv.QUOTE_MINIMAL, "\r\n"),
    ("utf-16", "\t", csv.QUOTE_NONNUMERIC, "\n"),
    ("cp1252", ";", csv.QUOTE_MINIMAL, "\r\n"),
    ("utf-8", "|", csv.QUOTE_ALL, "\n"),
    ("utf-16-be", ",", csv.QUOTE_ALL, "\r\n"),
]


def text(chance, encoding, lengths=(0, 12)):
    """Some pieces; what an encoding lacks is left out."""
    pieces = [chance.choice(PIECES) for _ in range(chance.randint(*lengths))]
    # The bytes of `ß€` in Windows-1252 are a letter in UTF-8 as well.
    made = "".join(pieces).strip().replace("ß€", "€ß").replace("é€", "€é")
    return made.encode(encoding.replace("-sig", ""), "ignore").decode(encoding.replace("-sig", ""))


def row(number, chance, encoding):
    """A row; account and series are names without blanks at their ends."""
    start = f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02} {chance.randint(0, 23):02}:{chance.randint(0, 59):02}"
    name = text(chance, encoding, (1, 5)).replace("\n", "")
    return [f"n{number}", start, name, text(chance, encoding), str(chance.randint(0, 600)), chance.choice(["", "weekly", "s 1"])]


def shown(value):
    """Titles lose what is white at their ends and inside; `null` is no value."""
    text = " ".join(kept(value).split())
    return "" if text == "null" else text


def account(value):
    """Nobody is called so."""
    name = shown(value)
    return "nobody" if name in ("-", "--") else name or "nobody"


for seed in range(42):
    chance = random.Random(seed)
    encoding, delimiter, quoting, end = DIALECTS[seed % len(DIALECTS)]
    header = ["Nr", "Start", "Customer", "Title", "Minutes", "Series"]
    order = list(range(len(header)))
    chance.shuffle(order)
    rows = [row(number, chance, encoding) for number in range(chance.randint(1, 120))]
    file = FOLDER / f"{seed}.csv"
    with open(file, "w", encoding=encoding, newline="") as out:
        if encoding == "utf-16-be":
            out.write("\ufeff")
        writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end)
        writer.writerow([header[at] for at in order])
        writer.writerows([[cells[at] for at in order] for cells in rows])
    read = pandas.read_csv(file, sep=delimiter, dtype=str, keep_default_na=False, encoding=encoding.replace("-be", ""))
    theirs = [
        (r["Nr"], r["Start"].replace(" ", "T") + ":00Z", account(r["Customer"]), shown(r["Title"]), int(r["Minutes"]), r["Series"])
        for r in read.to_dict("records")
    ]
    ours, said = convert(file, "--delimiter", "tab" if delimiter == "\t" else delimiter, mapping=MAPPING)
    ours = [
        (a["id"], a["at"], shown(a["account"]), shown(a.get("title", "")), a["duration_min"], a.get("series", ""))
        for a in ours
    ]
    same(f"table {seed}: {encoding}, {delimiter!r}, quoting {quoting}", sorted(theirs), sorted(ours), said)
finish()
