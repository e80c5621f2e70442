"""Random workbooks, as openpyxl writes and reads them: texts, numbers, flags, dates and times in cells that know what they are."""

import datetime
import random

import openpyxl
import pandas

from shared import FOLDER, convert, finish, kept, mapping, same

MAPPING = mapping("sheets", 'all_day = "Whole day"')
FORMS = ["yyyy-mm-dd hh:mm:ss", "dd/mm/yyyy hh:mm", "m/d/yy h:mm AM/PM", "[$-407]d. mmmm yyyy hh:mm;@", "yyyy-mm-dd"]
PIECES = ["a", "B", "7", " ", "é", ",", ";", "\"", "<", "&", "日本", "'", "="]


def text(chance, least, most):
    made = "".join(chance.choice(PIECES) for _ in range(chance.randint(least, most))).strip()
    # What begins so would be a formula.
    return made.lstrip("=") or "x"


for seed in range(24):
    chance = random.Random(seed)
    book = openpyxl.Workbook()
    sheet = book.active
    header = ["Nr", "Start", "Customer", "Title", "Minutes", "Whole day"]
    order = list(range(len(header)))
    chance.shuffle(order)
    sheet.append([header[at] for at in order])
    for number in range(chance.randint(1, 60)):
        start = datetime.datetime(2026, chance.randint(1, 12), chance.randint(1, 28), chance.randint(0, 23), chance.randint(0, 59), chance.randint(0, 59))
        customer = chance.choice([text(chance, 1, 6), chance.randint(1, 99_999), None])
        cells = [1_000 + number, start, customer, text(chance, 1, 12), chance.choice([chance.randint(0, 600), None]), chance.choice([False, None])]
        sheet.append([cells[at] for at in order])
        sheet.cell(sheet.max_row, order.index(1) + 1).number_format = chance.choice(FORMS)
    if seed % 3 == 0:
        book.create_sheet("Another one").append(["Nr", "Start"])
    file = FOLDER / f"{seed}.xlsx"
    book.save(file)
    read = openpyxl.load_workbook(file, data_only=True).worksheets[0]
    rows = list(read.iter_rows(values_only=True))
    theirs = []
    for cells in rows[1:]:
        row = dict(zip(rows[0], cells))
        customer = "nobody" if row["Customer"] is None else kept(row["Customer"])
        theirs.append((str(row["Nr"]), int(pandas.Timestamp(row["Start"], tz="UTC").timestamp()), customer, " ".join(kept(row["Title"]).split()), row["Minutes"], row["Whole day"]))
    ours, said = convert(file, mapping=MAPPING)
    ours = [
        (a["id"], int(pandas.Timestamp(a["at"]).timestamp()), a["account"], " ".join(a.get("title", "").split()), a.get("duration_min"), a.get("all_day"))
        for a in ours
    ]
    same(f"workbook {seed}", sorted(theirs, key=str), sorted(ours, key=str), said)
finish()
