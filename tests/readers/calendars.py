"""Random calendars, read by redtape and by icalendar, recurring_ical_events and python-dateutil.

    python calendars.py [PATH-TO-REDTAPE] [SERIES] [SEED]   # without it, REDTAPE names it

Each series has a rule, and some have dates left out, dates added, instances changed (once, twice, or with all after
them), a newer version of the whole, and a zone in which the clock is changed on some of its days. Where two readers
differ the series is shown. What is known to differ, and is not made here:

- A rule whose first date is not one of its own: RFC 5545 leaves open what that means. redtape counts the first date
  beside those of the rule; so series begin with a date of their rule here.
- `BYDAY=MO,-1MO`: either of them by RFC 5545, and both at once for dateutil. No list here mixes the two.
- `BYWEEKNO` without `BYDAY`: the weekday of the first date in redtape, all seven days in dateutil.
- `BYSETPOS` with `FREQ=WEEKLY`: positions in the whole week in redtape, in what is left of the first week in dateutil.
- `UNTIL` as a date in a series with times: that day is part of the series in redtape, up to midnight in dateutil.
- A length in `DURATION` or `DTEND` of a series with times: seconds that pass in redtape, the clock on the wall in
  recurring_ical_events. They differ only where the clock is changed during a meeting, so ends are compared unless
  that is so.
- An instance that is both in EXDATE and changed: as it was changed in redtape, left out in recurring_ical_events.
- Two changes of one instance that name it in two forms (UTC and local): the newer one in redtape, both in
  recurring_ical_events. Here they name it alike; `fixtures/exports/ics-the-newest-version-holds` has both forms.
- A time that the clock skips in a zone that the file defines: by the offset before (RFC 5545, 3.3.5) in redtape, by the one
  after in icalendar. Such zones have no meetings in that hour here; those of the tz database have.
- A date in RDATE in UTC that has the figures of a changed instance in local time: recurring_ical_events takes one for the
  other. Dates in RDATE stand at odd minutes here.
- RANGE=THISANDFUTURE that moves its first instance over a night in which the clock is changed: the later ones keep the hour of
  the clock in redtape, and are as many hours earlier or later in recurring_ical_events. None does here.
- Two versions of one event: recurring_ical_events knows no DTSTAMP and LAST-MODIFIED, so every newer version has a
  higher SEQUENCE here.
- Several changes with RANGE=THISANDFUTURE: recurring_ical_events takes the one that begins last, redtape the newest.
  Here later ones are newer.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from dateutil.rrule import rrulestr

UTC = timezone.utc
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Europe/London", "Asia/Kolkata"]
CUSTOM = "(UTC+01:00) Site 4, north"
DEFINITION = r"""BEGIN:VTIMEZONE
TZID:(UTC+01:00) Site 4\, north
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
# Everything lies before the end, and the end before the day of any run.
BEGIN, END = datetime(2022, 1, 1), datetime(2026, 5, 1)
BATCH = 50


class Series:
    """One UID: its lines as a calendar has them, and its zone."""

    def __init__(self, rng, number):
        self.rng = rng
        self.uid = f"series-{number}"
        self.all_day = rng.random() < 0.15
        self.zone = rng.choice(ZONES)
        self.name = self.zone
        if self.zone == "Europe/Berlin" and rng.random() < 0.4:
            self.name = CUSTOM
        self.tz = ZoneInfo(self.zone)
        self.events = []
        # Some first meeting during which the clock is changed: then no two readers agree how long the others are.
        self.spans_a_change = False
        sequence = 0
        self.build(sequence)
        if rng.random() < 0.2:
            # A newer version of the whole, and only its own changes.
            older, self.events = self.events[:1], []
            self.build(sequence + 5)
            self.events = older + self.events if rng.random() < 0.5 else self.events + older

    def utc(self, local):
        return local.replace(tzinfo=self.tz).astimezone(UTC)

    def offset(self, local):
        return local.replace(tzinfo=self.tz).utcoffset()

    def written(self, name, local, parameters="", in_utc=False):
        if self.all_day:
            return f"{name};VALUE=DATE{parameters}:{local:%Y%m%d}"
        if in_utc or self.zone == "UTC":
            return f"{name}{parameters}:{self.utc(local):%Y%m%dT%H%M%SZ}"
        quoted = f'"{self.name}"' if "," in self.name else self.name
        return f"{name}{parameters};TZID={quoted}:{local:%Y%m%dT%H%M%S}"

    def in_utc(self):
        return self.rng.random() < 0.4

    def rule(self):
        rng = self.rng
        pick = lambda values, most: ",".join(map(str, sorted(rng.sample(values, rng.randint(1, most)))))
        either = lambda high: [n for n in range(-high, high + 1) if n]
        frequency = rng.choice(["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY"])
        parts = [f"FREQ={frequency}"]
        if rng.random() < 0.4:
            parts.append(f"INTERVAL={rng.randint(2, 5)}")
        if rng.random() < 0.25:
            parts.append("WKST=" + rng.choice(DAYS))
        nth = lambda: ",".join(rng.choice(["", "-"]) + str(rng.randint(1, 5)) + rng.choice(DAYS) for _ in range(rng.randint(1, 2)))
        choices = {
            "DAILY": [[], [], ["BYDAY=" + pick(DAYS, 5)], ["BYMONTH=" + pick(range(1, 13), 4)], ["BYMONTHDAY=" + pick(either(31), 5)]],
            "WEEKLY": [[], ["BYDAY=" + pick(DAYS, 4)], ["BYDAY=" + pick(DAYS, 4), "BYMONTH=" + pick(range(1, 13), 6)]],
            "MONTHLY": [
                [],
                ["BYMONTHDAY=" + pick(either(31), 3)],
                ["BYDAY=" + nth()],
                ["BYDAY=MO,TU,WE,TH,FR", "BYSETPOS=" + pick([-3, -2, -1, 1, 2, 3], 2)],
                ["BYDAY=" + rng.choice(DAYS), "BYMONTHDAY=" + pick(range(1, 32), 8)],
            ],
            "YEARLY": [
                [],
                ["BYMONTH=" + pick(range(1, 13), 3), "BYMONTHDAY=" + pick(either(31), 2)],
                ["BYMONTH=" + pick(range(1, 13), 3), "BYDAY=" + nth()],
                ["BYWEEKNO=" + pick(either(53), 3), "BYDAY=" + pick(DAYS, 2)],
                ["BYYEARDAY=" + pick(either(366), 3)],
                ["BYDAY=" + rng.choice(["", "-"]) + str(rng.randint(1, 50)) + rng.choice(DAYS)],
            ],
        }
        parts += rng.choice(choices[frequency])
        return ";".join(parts)

    def build(self, sequence):
        rng = self.rng
        first = BEGIN + timedelta(days=rng.randint(0, 1200))
        if rng.random() < 0.3:
            # Around the nights in which clocks are changed.
            first = datetime(rng.choice([2024, 2025]), rng.choice([3, 10]), rng.randint(20, 31))
        hour = rng.choice([2, 2, 1, 9, 14, 23]) if not self.all_day else 0
        if self.name == CUSTOM:
            hour = max(hour, 9)
        first = datetime.combine(first.date(), time(hour, rng.choice([0, 30]) if not self.all_day else 0))
        rule = self.rule()
        found = []
        for start in rrulestr(rule, dtstart=first):
            if start > END or len(found) == 60:
                break
            found.append(start)
        if not found:
            rule = "FREQ=DAILY"
            found = [first + timedelta(days=n) for n in range(60)]
        first = found[0]
        # Counted anew from its first date, as intervals are.
        found = []
        for start in rrulestr(rule, dtstart=first):
            if start > END or len(found) == 60:
                break
            found.append(start)
        last = rng.randint(1, len(found))
        if rng.random() < 0.6:
            rule += f";COUNT={last}"
        elif self.all_day:
            rule += f";UNTIL={found[last - 1]:%Y%m%d}"
        else:
            rule += f";UNTIL={self.utc(found[last - 1]):%Y%m%dT%H%M%SZ}"
        found = found[:last]
        minutes = rng.choice([15, 30, 60, 90, 240])
        days = rng.randint(1, 3)
        lines = [f"SEQUENCE:{sequence}", self.written("DTSTART", first, in_utc=False)]
        lines += self.end(first, minutes, days)
        lines.append(f"RRULE:{rule}")
        out = rng.sample(found, min(len(found), rng.choice([0, 0, 1, 3])))
        for start in out:
            lines.append(self.written("EXDATE", start, in_utc=self.in_utc()))
        found = [start for start in found if start not in out]
        if rng.random() < 0.2:
            extra = first + timedelta(days=rng.randint(1, 40))
            if not self.all_day:
                extra += timedelta(hours=rng.randint(1, 5), minutes=17)
            if extra not in found:
                lines.append(self.written("RDATE", extra, in_utc=self.in_utc()))
        self.events.append(lines)
        changed = rng.sample(found, min(len(found), rng.choice([0, 0, 0, 1, 2])))
        for start in changed:
            in_utc = self.in_utc()
            for version in range(1, rng.choice([2, 2, 3])):
                self.change(start, sequence + version, in_utc=in_utc)
        rest = [start for start in found if start not in changed]
        if rest and rng.random() < 0.15:
            for version, start in enumerate(sorted(rng.sample(rest, min(len(rest), rng.choice([1, 1, 2])))), 3):
                self.change(start, sequence + version, ";RANGE=THISANDFUTURE", in_utc=self.in_utc())

    def end(self, start, minutes, days):
        if self.all_day:
            return [self.written("DTEND", start + timedelta(days=days))]
        at_end = (self.utc(start) + timedelta(minutes=minutes)).astimezone(self.tz)
        self.spans_a_change |= self.offset(start) != at_end.utcoffset()
        if self.rng.random() < 0.3:
            return [f"DURATION:PT{minutes}M"]
        if at_end.fold or self.in_utc():
            # What the clock shows a second time can be written in UTC only.
            return [f"DTEND:{at_end.astimezone(UTC):%Y%m%dT%H%M%SZ}"]
        return [self.written("DTEND", at_end.replace(tzinfo=None))]

    def change(self, start, sequence, parameters="", in_utc=False):
        rng = self.rng
        moved = start + timedelta(days=rng.randint(-2, 2), hours=0 if self.all_day else rng.randint(-3, 3))
        if parameters and self.offset(moved) != self.offset(start):
            moved = start
        lines = [
            f"SEQUENCE:{sequence}",
            self.written("RECURRENCE-ID", start, parameters, in_utc),
            self.written("DTSTART", moved),
            *self.end(moved, rng.choice([15, 45]), 1),
        ]
        if rng.random() < 0.15:
            lines.append("STATUS:CANCELLED")
        self.events.append(lines)

    def text(self):
        events = ["\n".join(["BEGIN:VEVENT", f"UID:{self.uid}", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT"]) for lines in self.events]
        return "\n".join(events) + "\n"


def calendar(text):
    head = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//redtape//readers//EN\n"
    return head + DEFINITION + text + "END:VCALENDAR\n"


def instant(value):
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.combine(value, time(), UTC)


def of_others(series):
    """Begins and ends as the other reader has them."""
    read = icalendar.Calendar.from_ical(calendar(series.text()).replace("\n", "\r\n"))
    found = recurring_ical_events.of(read, skip_bad_series=False).between(BEGIN - timedelta(days=30), END + timedelta(days=2))
    meetings = []
    for event in found:
        if str(event.get("STATUS", "")) == "CANCELLED":
            continue
        begins, ends = event.start, event.end
        changed = isinstance(begins, datetime) and begins.utcoffset() != ends.utcoffset()
        begins, ends = instant(begins), instant(ends)
        meetings.append((begins, None if changed else ends))
    return meetings


def of_redtape(command, batch):
    """The same as redtape has them, by series."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "calendar.ics"
        file.write_text(calendar("".join(series.text() for series in batch)))
        ran = subprocess.run([command, "convert", "--quiet", str(file)], capture_output=True, text=True)
    if ran.returncode != 0:
        sys.exit(f"redtape ended with {ran.returncode}: {ran.stderr}")
    meetings = {series.uid: [] for series in batch}
    for line in ran.stdout.splitlines():
        activity = json.loads(line)
        if activity["status"] != "cancelled":
            begins, ends = (datetime.fromisoformat(activity[key]).astimezone(UTC) for key in ["at", "end"])
            meetings[activity["id"].split("/")[0]].append((begins, ends))
    return meetings


def agree(mine, other, with_ends):
    """Whether the same meetings begin, and end at the same time where that can be compared."""
    end = END.replace(tzinfo=UTC)
    mine = [meeting for meeting in mine if meeting[0] < end]
    other = [meeting for meeting in other if meeting[0] < end]
    if sorted(begins for begins, _ in mine) != sorted(begins for begins, _ in other):
        return False
    return not with_ends or all(ends is None or (begins, ends) in mine for begins, ends in other)


def main():
    command = sys.argv[1] if len(sys.argv) > 1 else os.environ["REDTAPE"]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 400
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 20260504)
    passed = failed = 0
    for begin in range(0, count, BATCH):
        batch = [Series(rng, number) for number in range(begin, min(begin + BATCH, count))]
        mine = of_redtape(command, batch)
        for series in batch:
            try:
                other = of_others(series)
            except Exception as error:
                other = [(datetime(1, 1, 1, tzinfo=UTC), None)]
                print(f"the other reader fails: {error!r}")
            if agree(mine[series.uid], other, not series.spans_a_change):
                passed += 1
                continue
            failed += 1
            if failed <= 10:
                show = lambda meetings: sorted(f"{begins:%Y-%m-%dT%H:%M}" for begins, _ in meetings)
                print(series.text())
                print("redtape:  ", show(mine[series.uid]))
                print("the other:", show(other), "\n")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
