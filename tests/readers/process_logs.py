"""Process logs, as pm4py writes and reads them: every event, with its case, its time and who acted."""

import contextlib
import io
import random
import warnings

import pandas

from shared import FOLDER, PROJECT, convert, finish, same

warnings.simplefilter("ignore")
with contextlib.redirect_stdout(io.StringIO()):
    import pm4py

# Each event is a version of a plan, so that none is put together with another.
EVENTS = """
about = "Every event, for a comparison of readers"
[trace]
account = { value = "all" }
plan = "case:concept:name"
actor = ["org:resource", "org:role", "org:group"]
"""
OBJECTS = """
about = "Every event of an order, for a comparison of readers"
[trace]
object = "order"
account = { value = "all" }
plan = "case:id"
actor = "resource"
"""
PIECES = ["a", "B", "7", " ", "é", "<", ">", "&", "\"", "'", "]]>", "&amp;", "日本", "-", "%"]


def name(chance, begin):
    return begin + "".join(chance.choice(PIECES) for _ in range(chance.randint(0, 4))).strip()


def seconds(at):
    return int(pandas.Timestamp(at).timestamp() * 1000)


def quiet(function, *arguments, **named):
    """pm4py tells its progress on both outputs."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return function(*arguments, **named)


def events_of(frame):
    """Events that name somebody, as they stand in a table of pm4py."""
    found = []
    for row in frame.to_dict("records"):
        actor = next((row[key] for key in ("org:resource", "org:role", "org:group") if isinstance(row.get(key), str) and row[key].strip()), None)
        if actor is not None:
            found.append((str(row["case:concept:name"]).strip(), seconds(row["time:timestamp"]), actor.strip()))
    return sorted(found)


def ours_of(file, mapping, *arguments):
    lines, said = convert(file, *arguments, mapping=mapping)
    return sorted((a["plan"], seconds(a["at"]), a["author"]) for a in lines), said


def log(chance):
    """A table of events of random cases."""
    rows = []
    for case in range(chance.randint(1, 12)):
        title = name(chance, f"case {case}")
        at = pandas.Timestamp(2026, chance.randint(1, 12), chance.randint(1, 28), chance.randint(0, 23), tz=chance.choice(["UTC", "Asia/Kolkata", "America/New_York"]))
        for _ in range(chance.randint(1, 9)):
            at += pandas.Timedelta(seconds=chance.randint(0, 400_000), milliseconds=chance.randint(0, 999))
            rows.append({"case:concept:name": title, "concept:name": name(chance, "do"), "org:resource": name(chance, "r"), "time:timestamp": at.tz_convert("UTC")})
    return pandas.DataFrame(rows)


def objects(chance):
    """An object-centric log: orders and items, and events that name some of both."""
    ids = [(f"o{at}", "order") for at in range(chance.randint(1, 8))] + [(f"i{at}", "item") for at in range(chance.randint(1, 8))]
    frame = pandas.DataFrame(ids, columns=["ocel:oid", "ocel:type"])
    events, relations = [], []
    at = pandas.Timestamp("2026-03-01T08:00:00Z")
    for event in range(chance.randint(2, 40)):
        at += pandas.Timedelta(seconds=chance.randint(1, 200_000))
        events.append({"ocel:eid": f"e{event}", "ocel:activity": chance.choice(["place", "check"]), "ocel:timestamp": at, "resource": name(chance, "r")})
        for oid, kind in chance.sample(ids, chance.randint(1, min(3, len(ids)))):
            relations.append({"ocel:eid": f"e{event}", "ocel:activity": events[-1]["ocel:activity"], "ocel:timestamp": at, "ocel:oid": oid, "ocel:type": kind, "ocel:qualifier": "of"})
    from pm4py.objects.ocel.obj import OCEL

    return OCEL(events=pandas.DataFrame(events), objects=frame, relations=pandas.DataFrame(relations))


def relations_of(ocel):
    """What pm4py finds of orders: order, time, who acted."""
    acting = dict(zip(ocel.events["ocel:eid"], ocel.events["resource"]))
    rows = ocel.relations[ocel.relations["ocel:type"] == "order"].to_dict("records")
    return sorted((row["ocel:oid"], seconds(row["ocel:timestamp"]), acting[row["ocel:eid"]].strip()) for row in rows)


for seed in range(12):
    chance = random.Random(seed)
    frame = log(chance)
    file = FOLDER / f"{seed}.xes"
    quiet(pm4py.write_xes, frame, str(file), case_id_key="case:concept:name")
    ours, said = ours_of(file, EVENTS)
    same(f"XES {seed}", events_of(quiet(pm4py.read_xes, str(file))), ours, said)
    table = FOLDER / f"{seed}-events.csv"
    frame.to_csv(table, index=False)
    ours, said = ours_of(table, EVENTS)
    same(f"table of events {seed}", events_of(frame), ours, said)

for seed in range(8):
    ocel = objects(random.Random(100 + seed))
    for ending, write, read in [("jsonocel", pm4py.write_ocel2_json, pm4py.read_ocel2_json), ("xmlocel", pm4py.write_ocel2_xml, pm4py.read_ocel2_xml)]:
        file = FOLDER / f"{seed}.{ending}"
        quiet(write, ocel, str(file))
        ours, said = ours_of(file, OBJECTS)
        same(f"OCEL {seed}, {ending}", relations_of(quiet(read, str(file))), ours, said)

for file in sorted(PROJECT.glob("fixtures/**/*.xes")):
    if "what-files-do-to-readers" not in str(file):
        ours, said = ours_of(file, EVENTS)
        same(f"fixture {file.parent.name}", events_of(quiet(pm4py.read_xes, str(file))), ours, said)
finish()
