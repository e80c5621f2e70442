"""A host in Python: loads the component through wasmtime, converts values, and replays a log."""

import json
import os
import pathlib
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

from wasmtime import Engine, Store
from wasmtime.component import Component, Linker, Record, Variant

DETECTOR = "redtape:crm/detector@0.1.0"
LOGGING = "redtape:crm/logging@0.1.0"
HERE = pathlib.Path(__file__).resolve().parent
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MILLISECOND = timedelta(milliseconds=1)
DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
MONDAY_MS = 4 * DAY_MS  # 1970-01-05
LATENESS_MS = 7 * DAY_MS


class Refused(Exception):
    """A call that the plugin refused: one case of the contract's `error`."""

    def __init__(self, tag, payload):
        super().__init__(f"{tag}: {payload}")
        self.tag = tag
        self.payload = payload


def component_file():
    """The component's file, or an error that says where it comes from."""
    default = HERE / "../../../target/component/redtape.wasm"
    file = pathlib.Path(os.environ.get("REDTAPE_COMPONENT_FILE") or default).resolve()
    if not file.is_file():
        raise FileNotFoundError(
            f"no component at `{file}`: run `cargo build` in the project first, "
            "or name a ready component in REDTAPE_COMPONENT_FILE"
        )
    return file


class Plugin:
    """The component, compiled once; `detector` makes any number of instances of it."""

    def __init__(self, file):
        self.engine = Engine()
        self.component = Component.from_file(self.engine, file)
        self.imports = list(self.component.type.imports(self.engine))
        self.exports = list(self.component.type.exports(self.engine))

    def detector(self, log=lambda level, target, message: None):
        """A fresh instance; every message goes to `log`. A `log` that raises kills the instance."""
        linker = Linker(self.engine)
        with linker.root() as root, root.add_instance(LOGGING) as logging:
            logging.add_func("log", lambda _store, *message: log(*message))
        store = Store(self.engine)
        return Detector(store, linker.instantiate(store, self.component))


class Detector:
    """The functions of the contract as methods: dicts in and out, `Refused` for errors."""

    def __init__(self, store, instance):
        self.store = store
        self.instance = instance
        self.interface = instance.get_export_index(store, DETECTOR)
        self.functions = {}

    def call(self, name, *arguments):
        """Calls a function by its name in the contract."""
        if name not in self.functions:
            index = self.instance.get_export_index(self.store, name, self.interface)
            self.functions[name] = self.instance.get_func(self.store, index)
        answer = self.functions[name](self.store, *arguments)
        # On the ok side there is no variant, so a variant is an error.
        if isinstance(answer, Variant):
            raise Refused(answer.tag, plain(answer.payload))
        return plain(answer)

    def observe(self, activities):
        return self.call("observe", [record(activity) for activity in activities])

    def __getattr__(self, name):
        return lambda *arguments: self.call(name.replace("_", "-"), *arguments)


def plain(value):
    """An answer as dicts and lists, with the contract's names."""
    if isinstance(value, Record):
        return {name: plain(member) for name, member in vars(value).items()}
    if isinstance(value, list):
        return [plain(member) for member in value]
    return value


def record(value):
    """Dicts as the records that the binding asks for: attributes with the contract's names."""
    if isinstance(value, dict):
        return SimpleNamespace(**{name: record(member) for name, member in value.items()})
    if isinstance(value, list):
        return [record(member) for member in value]
    if isinstance(value, Variant):
        return Variant(value.tag, record(value.payload))
    return value


def instant(text):
    """RFC 3339 to the contract's milliseconds. Whole numbers: a float loses some."""
    return (datetime.fromisoformat(text) - EPOCH) // MILLISECOND


def rfc3339(at):
    time = EPOCH + at * MILLISECOND
    return time.isoformat(timespec="milliseconds" if at % 1000 else "seconds").replace("+00:00", "Z")


def participant(it):
    if isinstance(it, str):
        return {"id": it, "side": "unknown"}
    it = it or {}
    return {"id": it.get("id") or "", "side": it.get("side") or "unknown"}


def happening(line):
    kind = line["kind"]
    if kind == "meeting":
        end = line.get("end")
        minutes = (instant(end) - instant(line["at"]) + 30_000) // 60_000 if end else line.get("duration_min")
        return {
            "duration-min": minutes,
            "participants": [participant(it) for it in line.get("participants") or []],
            "series": line.get("series") or "",
            "title": line.get("title") or "",
            "mandatory": line.get("mandatory"),
            "status": line.get("status") or "held",
            "all-day": line.get("all_day") or False,
        }
    if kind == "plan-version":
        return {
            "plan": line["plan"],
            "version": line.get("version"),
            "author": line.get("author") or "",
            "decided": line.get("decided") or False,
        }
    if kind == "approval-step":
        return {
            "request": line["request"],
            "step": line.get("step"),
            "from": participant(line.get("from")),
            "to": participant(line.get("to")),
            "outcome": line["outcome"],
        }
    if kind == "rule-change":
        return {"rule": line["rule"], "change": line["change"], "what": line["what"]}
    if kind == "exchange":
        return {"thread": line.get("thread") or "", "direction": line["direction"]}
    if kind == "profile":
        return {
            "tier": line.get("tier") or "",
            "service": line.get("service") or "unknown",
            "tags": line.get("tags") or [],
        }
    if kind == "retraction":
        return line["of"]
    raise ValueError(f"unknown kind `{kind}`")


def typed(line):
    """One activity of the text form as a typed record."""
    revised = line.get("revised")
    return {
        "id": line["id"],
        "at": instant(line["at"]),
        "account": line["account"],
        "revised": instant(revised) if revised else None,
        "happening": Variant(line["kind"], happening(line)),
    }


def written(alert):
    """An alert in the form of a fixture's `expected.json`: the same keys in the same order."""
    named = {name.replace("-", "_"): value for name, value in alert.items()}
    return {name: rfc3339(value) if name in ("opened", "since", "at") else value for name, value in named.items()}


def advance(detector, to):
    """Moves time, as often as it takes where an answer is full."""
    alerts = []
    while True:
        progress = detector.advance(to)
        alerts += progress["alerts"]
        if progress["reached"] >= to:
            return alerts


def replay(detector, log, observe):
    """Replays a log as `redtape scan` does, in UTC and with a lateness of 7 days.

    `observe(lines)` takes some lines in; before the first line of a new day time moves from midnight to midnight, up to
    the one that began the day.
    """
    alerts, batch, taken = [], [], []
    now = day_end = None

    def flush():
        newest = observe(batch)["newest"] if batch else None
        batch.clear()
        if newest is not None:
            taken.append(newest)
        return newest

    def end_days(before):
        nonlocal now, day_end, alerts
        while day_end is not None and day_end <= before:
            alerts += advance(detector, day_end)
            now, day_end = day_end, day_end + DAY_MS

    for line in filter(str.strip, log.split("\n")):
        at = instant(json.loads(line)["at"])
        if day_end is None or at >= day_end:
            flush()
            start = at - at % DAY_MS
            end_days(start)
            if now is None:
                now = start
                alerts += advance(detector, now)
            day_end = start + DAY_MS
        batch.append(line)
    flush()
    newest = max(taken)
    monday = newest - (newest - MONDAY_MS) % WEEK_MS
    end = max(monday + LATENESS_MS, newest, now)
    end_days(end)
    return alerts + advance(detector, end)
