"""Random columns of times in many forms, as pandas reads them."""

import random

import pandas

from shared import FOLDER, convert, finish, same

MAPPING = """
about = "Random times, for a comparison of readers"
[[activity]]
kind = "meeting"
id = "Nr"
at = "Start"
account = { value = "all" }
"""
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe"]


def us(at, form):
    """With hours of 12 and without zeros in front, as browsers of the United States write."""
    hour = at.hour % 12 or 12
    return form.format(m=at.month, d=at.day, y=at.year, h=hour, n=f"{at.minute:02}", s=f"{at.second:02}", p="AM" if at.hour < 12 else "PM")


def serial(at):
    """Days since the end of 1899."""
    return (at - pandas.Timestamp("1899-12-30")) / pandas.Timedelta(days=1)


# A name, how an instant of a wall clock is written, how pandas is told to read it, and whether it names no zone.
FORMS = [
    ("ISO", lambda at: at.strftime("%Y-%m-%dT%H:%M:%S"), {"format": "ISO8601"}, True),
    ("ISO with a blank", lambda at: at.strftime("%Y-%m-%d %H:%M"), {"format": "ISO8601"}, True),
    ("ISO with Z", lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ"), {"format": "ISO8601", "utc": True}, False),
    ("ISO with an offset", lambda at: at.strftime("%Y-%m-%dT%H:%M:%S+05:30"), {"format": "ISO8601", "utc": True}, False),
    ("Salesforce", lambda at: at.strftime("%Y-%m-%dT%H:%M:%S.000+0000"), {"utc": True}, False),
    ("slashes, year first", lambda at: at.strftime("%Y/%m/%d %H:%M:%S"), {"format": "%Y/%m/%d %H:%M:%S"}, True),
    ("slashes, day first", lambda at: at.strftime("%d/%m/%Y %H:%M"), {"dayfirst": True}, True),
    ("dots", lambda at: at.strftime("%d.%m.%Y %H:%M"), {"dayfirst": True}, True),
    ("dashes, day first", lambda at: at.strftime("%d-%m-%Y %H:%M"), {"dayfirst": True}, True),
    ("month first, AM and PM", lambda at: us(at, "{m}/{d}/{y} {h}:{n} {p}"), {"format": "%m/%d/%Y %I:%M %p"}, True),
    ("month first, a comma", lambda at: us(at, "{m}/{d}/{y}, {h}:{n}:{s} {p}"), {"format": "%m/%d/%Y, %I:%M:%S %p"}, True),
    ("compact, 14 digits", lambda at: at.strftime("%Y%m%d%H%M%S"), {"format": "%Y%m%d%H%M%S"}, True),
    ("compact, 12 digits", lambda at: at.strftime("%Y%m%d%H%M"), {"format": "%Y%m%d%H%M"}, True),
    ("compact ISO", lambda at: at.strftime("%Y%m%dT%H%M%SZ"), {"utc": True}, False),
    ("seconds", lambda at: str(int(at.timestamp())), {"unit": "s", "utc": True}, False),
    ("seconds as floats", lambda at: f"{at.timestamp():.1f}", {"unit": "s", "utc": True}, False),
    ("milliseconds", lambda at: str(int(at.timestamp() * 1000)), {"unit": "ms", "utc": True}, False),
    ("milliseconds as floats", lambda at: f"{at.timestamp() * 1000:.1f}", {"unit": "ms", "utc": True}, False),
    ("Excel", lambda at: repr(serial(at)), {"unit": "D", "origin": "1899-12-30"}, True),
]


def theirs_of(texts, told, zone, is_naive):
    """What pandas reads, as instants in seconds. The clock's gap is skipped as one goes on; of an hour that comes twice the first is meant."""
    values = pandas.Series([float(text) for text in texts]) if "unit" in told else pandas.Series(texts)
    read = pandas.to_datetime(values, **told)
    if is_naive:
        read = read.dt.round("s")
        gap = pandas.Timedelta(minutes=30 if zone == "Australia/Lord_Howe" else 60)
        read = read.dt.tz_localize(zone, ambiguous=[True] * len(read), nonexistent=gap)
    return [int(at.timestamp()) for at in read]


for seed in range(3):
    for number, (name, write, told, is_naive) in enumerate(FORMS):
        chance = random.Random(1000 * seed + number)
        zone = ZONES[(number + seed) % len(ZONES)]
        moments = [
            pandas.Timestamp(2026, chance.randint(1, 12), chance.randint(1, 28), chance.randint(0, 23), chance.randint(0, 59), chance.randint(0, 59))
            for _ in range(40)
        ]
        # A day beyond the twelfth tells which of day and month comes first; the clock changes in these nights.
        moments += [pandas.Timestamp(2026, 5, 14, 9), pandas.Timestamp(2026, 3, 29, 2, 30), pandas.Timestamp(2026, 10, 25, 2, 30)]
        texts = [write(at) for at in moments]
        file = FOLDER / "times.csv"
        file.write_text("Nr;Start\n" + "".join(f"n{at};{text}\n" for at, text in enumerate(texts)), encoding="utf-8")
        ours, said = convert(file, "--time-zone", zone, mapping=MAPPING)
        by_id = {a["id"]: int(pandas.Timestamp(a["at"]).timestamp()) for a in ours}
        theirs = theirs_of(texts, told, zone, is_naive)
        rows = [(text, by_id.get(f"n{at}")) for at, text in enumerate(texts)]
        same(f"times {seed}: {name}, {zone}", list(zip(texts, theirs)), rows, said)
finish()
