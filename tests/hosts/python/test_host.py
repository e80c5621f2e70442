"""The contract from Python: every function, every error a host can meet, and fixtures with the same alerts."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tomllib
import unittest
from datetime import datetime, timedelta

from wasmtime import WasmtimeError
from wasmtime.component import Variant

import host
from host import Refused, advance, instant, replay, typed, written

# `REDTAPE_FIXTURES` names another folder of them. The time zone of their policies is UTC.
FIXTURES = ["fitcorp", "everybody-gets-a-second-approval", "three-of-four-weeks-warn-when-the-policy-says-so"]
# Errors that no call of this plugin gives: a fault of its own cannot be ordered.
UNREACHABLE = {"internal"}
# A header of a format to come; the checksum is right.
NEWER = '{"checksum":"f96cc1a40842a591","version":999,"writer":"9.9.9"}\n'

ROOT = host.HERE / "../../.."
called, refusals = set(), set()
plugin = None


def setUpModule():
    global plugin
    plugin = host.Plugin(host.component_file())


class Watched(host.Detector):
    """Takes down which functions were called and which errors came."""

    def call(self, name, *arguments):
        called.add(name)
        try:
            return super().call(name, *arguments)
        except Refused as refused:
            refusals.add(refused.tag)
            raise


def fresh(policy="{}", log=lambda *message: None):
    """A fresh instance; `policy` None: not configured."""
    detector = plugin.detector(log)
    detector.__class__ = Watched
    if policy is not None:
        detector.configure(policy)
    return detector


def text(*activities):
    return "\n".join(json.dumps(activity) for activity in activities)


def meetings(monday, count, account="acme"):
    """`count` meetings in the week of `monday`, one a day from its Monday on, then again."""
    start = datetime.fromisoformat(f"{monday}T09:00:00Z")
    return [
        {
            "id": f"m-{monday}-{i}",
            "at": (start + timedelta(days=i % 5, minutes=i)).isoformat(),
            "account": account,
            "kind": "meeting",
            "duration_min": 30,
            "participants": ["kam", {"id": "buyer", "side": "customer"}],
        }
        for i in range(count)
    ]


def both(kind, fields, payload, **common):
    """One activity in both forms."""
    common = {"account": "acme"} | common
    line = common | {"at": "2026-01-05T10:00:00+02:00", "kind": kind} | fields
    record = common | {"at": 1_767_600_000_000, "happening": Variant(kind, payload)}
    return line, {"revised": None} | record


class Samples:
    """All kinds with all fields."""

    meeting, meeting_record = both(
        "meeting",
        {
            "duration_min": 45, "series": "s1", "title": "Zürich", "mandatory": True, "status": "planned",
            "all_day": False, "participants": [{"id": "u1", "side": "internal"}, "u3"],
        },
        {
            "duration-min": 45, "series": "s1", "title": "Zürich", "mandatory": True, "status": "planned",
            "all-day": False, "participants": [{"id": "u1", "side": "internal"}, {"id": "u3", "side": "unknown"}],
        },
        id="a1",
    )
    meeting["revised"] = "2026-01-06T00:00:00Z"
    meeting_record["revised"] = 1_767_657_600_000
    step, step_record = both(
        "approval-step",
        {"request": "r1", "step": 2, "from": None, "to": {"id": "u2", "side": "contractor"}, "outcome": "forwarded"},
        {
            "request": "r1", "step": 2, "from": {"id": "", "side": "unknown"},
            "to": {"id": "u2", "side": "contractor"}, "outcome": "forwarded",
        },
        id="a3",
    )
    plan = {"plan": "p1", "version": 3, "author": "u1", "decided": True}
    rule = {"rule": "x1", "change": "added", "what": "approval-stage"}
    exchange = {"thread": "t1", "direction": "from-customer"}
    profile = {"tier": "key", "service": "outsourced", "tags": ["x", "y"]}
    all = [
        (meeting, meeting_record),
        both("plan-version", plan, plan, id="a2"),
        (step, step_record),
        both("rule-change", rule, rule, id="a4"),
        both("exchange", exchange, exchange, id="a5"),
        both("profile", profile, profile, id="a6", account="bolt"),
        both("retraction", {"of": "a5"}, "a5", id="a7"),
    ]


class Contract(unittest.TestCase):
    maxDiff = None

    def refusal(self, call, *arguments):
        with self.assertRaises(Refused) as caught:
            call(*arguments)
        return caught.exception.tag, caught.exception.payload

    def test_the_component_needs_nothing_but_logging(self):
        self.assertEqual(plugin.imports, [host.LOGGING])
        self.assertIn(host.DETECTOR, plugin.exports)

    def test_a_fresh_instance_says_who_it_is_and_where_it_stands(self):
        detector = fresh(None)
        info = detector.info()
        self.assertEqual((info["name"], info["contract"].replace("@", "/detector@")), ("redtape", host.DETECTOR))
        names = [signal["name"] for signal in info["signals"]]
        expected = ["meeting-count", "meeting-hours", "plan-versions", "approval-hops", "approval-days", "creep"]
        self.assertEqual(names, expected)
        self.assertTrue(all("What it finds" in signal["doc"] for signal in info["signals"]))
        schema = json.loads(detector.policy_schema())
        self.assertEqual(schema["$schema"], "https://json-schema.org/draft/2020-12/schema")
        standing = {"now": None, "accounts": 0, "open-activities": 0, "open-alerts": 0, "series": [], "dropped": []}
        self.assertEqual(detector.status(), standing)
        self.assertEqual(detector.accounts("", 10), [])

    def test_the_policy_is_told_as_it_holds_for_an_account(self):
        override = {"match": {"tier": "key"}, "signals": {"meeting-count": {"critical": 9}}}
        detector = fresh(json.dumps({"rises": {"level": "sure"}, "override": [override]}))

        def told(tier):
            profile = host.record({"tier": tier, "service": "in-house", "tags": ["eu"]})
            view = detector.policy_for("acme", profile)
            of = {it["field"]: (it["value"], it["source"]) for it in view["settings"]}
            keys = ["warning", "critical", "rise_level"]
            return [view["matched"], *(of[f"/signals/meeting-count/{key}"] for key in keys)]

        override = "/override/0/signals/meeting-count/critical"
        self.assertEqual(told("key"), [0, ("5", ""), ("9", override), ('"sure"', "/rises/level")])
        self.assertEqual(told("other"), [None, ("5", ""), ("8", ""), ('"sure"', "/rises/level")])
        self.assertEqual(detector.accounts("", 10), [], "nothing is kept")

    def test_both_doors_take_every_kind_alike(self):
        by_record, by_line, by_conversion = fresh(), fresh(), fresh()
        for line, record in Samples.all:
            intakes = [by_record.observe([record]), by_line.observe_ndjson(text(line))]
            intakes.append(by_conversion.observe([typed(line)]))
            for intake in intakes:
                self.assertEqual((intake["accepted"], intake["problems"]), (1, []), line["kind"])
                self.assertEqual(intake["newest"], 1_767_600_000_000)
        self.assertEqual(by_record.snapshot([]), by_line.snapshot([]))
        self.assertEqual(by_record.snapshot([]), by_conversion.snapshot([]))
        self.assertEqual(by_line.accounts("", 10), ["acme", "bolt"])
        self.assertEqual(by_line.accounts("acme", 1), ["bolt"])

    def test_what_cannot_be_taken_is_told_by_line_and_field(self):
        logged = []
        detector = fresh(log=lambda *message: logged.append(message))
        good = meetings("2026-01-05", 1)[0]
        lines = [text(good), "", "nonsense", text(good | {"id": "x", "at": "yesterday"}), text(good)]
        intake = detector.observe_ndjson("\n".join(lines))
        self.assertEqual((intake["accepted"], intake["duplicate"], intake["rejected"]), (1, 1, 2))
        self.assertEqual([(it["line"], it["field"]) for it in intake["problems"]], [(3, ""), (4, "/at")])
        self.assertEqual(intake["problems"][1]["found"], '"yesterday"')
        reserved = detector.observe([typed(good | {"account": "*"})])["problems"]
        self.assertEqual([(it["line"], it["field"]) for it in reserved], [(1, "/account")])
        self.assertEqual(detector.observe_ndjson(text(good | {"duration_min": 31}))["replaced"], 1)
        detector.advance(instant("2026-01-19T00:00:00Z"))
        self.assertEqual(detector.observe_ndjson(text(*meetings("2026-01-05", 2)))["late"], 2)
        ahead = good | {"id": "y", "at": "2027-12-01T00:00:00Z"}
        self.assertEqual(detector.observe_ndjson(text(ahead))["dropped"], 1)
        dropped = [{"rule": "late", "count": 2}, {"rule": "too-far-ahead", "count": 1}]
        self.assertEqual(detector.status()["dropped"], dropped)
        self.assertGreater(len(logged), 0)
        for level, target, message in logged:
            self.assertTrue(level in ("error", "warn", "info", "debug") and target.startswith("redtape_engine"))
            self.assertNotRegex(message, "acme|kam|buyer|yesterday|m-2026")

    def test_an_alert_is_pending_fires_turns_critical_and_resolves(self):
        detector = fresh()
        for monday, count in {"2026-01-05": 5, "2026-01-12": 5, "2026-01-19": 8, "2026-01-26": 8}.items():
            detector.observe_ndjson(text(*meetings(monday, count)))
        self.assertEqual(advance(detector, instant("2026-01-19T00:00:00Z")), [])
        [pending] = detector.open_alerts(["acme"])
        self.assertEqual((pending["state"], pending["signal"], pending["value"]), ("pending", "meeting-count", 5.0))
        told = [alert for alert in advance(detector, instant("2026-03-23T00:00:00Z")) if alert["id"] == pending["id"]]
        expected = [
            ("firing", "warning", "2026-01-26T00:00:00Z", ""),
            ("firing", "critical", "2026-02-09T00:00:00Z", ""),
            ("resolved", "critical", "2026-03-09T00:00:00Z", "back"),
        ]
        found = [(it["state"], it["severity"], host.rfc3339(it["at"]), it["resolution"]) for it in told]
        self.assertEqual(found, expected)
        self.assertEqual((len(told[1]["evidence"]), told[1]["evidence-total"], told[1]["threshold"]), (20, 26, 8.0))
        self.assertEqual((told[1]["expected"], told[1]["confidence"]), (None, None))
        self.assertEqual(detector.open_alerts([]), [])
        history = detector.history("acme", "meeting-count")
        self.assertEqual([point["value"] for point in history[:5]], [5.0, 5.0, 8.0, 8.0, 0.0])
        self.assertEqual(history[0]["week"], instant("2026-01-05T00:00:00Z"))
        self.assertEqual((history[0]["watch"], history[9]["watch"]), ("warming-up", "watching"))

    def test_the_same_instant_again_is_allowed_and_feedback_is_taken_of_open_alerts_only(self):
        detector = fresh('{"signals": {"meeting-count": {"for": "1w", "keep_firing_for": "1w"}}}')
        detector.observe([typed(line) for line in meetings("2026-01-05", 6)])
        to = instant("2026-01-19T00:00:00Z")
        # One shard agrees with itself: its own numbers are the sums.
        said, rounds = detector.agree(to, []), 0
        while said:
            said, rounds = detector.agree(to, said), rounds + 1
        self.assertGreater(rounds, 1)
        progress = detector.advance(to)
        self.assertEqual((progress["reached"], progress["weeks-closed"], progress["counted"]), (to, 1, 6))
        [alert] = progress["alerts"]
        self.assertEqual(detector.advance(to)["alerts"], [])
        for verdict in ["accepted", "not-creep", "acted"]:
            self.assertEqual(detector.feedback(alert["id"], verdict)["id"], alert["id"])
        self.assertEqual(detector.status()["open-alerts"], 1)
        advance(detector, instant("2026-02-02T00:00:00Z"))
        self.assertEqual(self.refusal(detector.feedback, alert["id"], "acted"), ("unknown-alert", alert["id"]))

    def test_every_error_is_typed_and_leaves_the_instance_usable(self):
        bare = fresh(None)
        for call, *arguments in [
            (bare.observe, []),
            (bare.observe_ndjson, ""),
            (bare.advance, 0),
            (bare.agree, 0, []),
            (bare.open_alerts, []),
            (bare.history, "acme", "meeting-count"),
            (bare.policy_for, "acme", host.record({"tier": "", "service": "unknown", "tags": []})),
            (bare.feedback, "0", "acted"),
            (bare.snapshot, []),
            (bare.forget, []),
        ]:
            self.assertEqual(self.refusal(call, *arguments), ("not-configured", None))
        policy = {"time_zone": "Mars", "signals": {"meeting-count": {"warning": "5"}}, "x": 1}
        tag, problems = self.refusal(bare.configure, json.dumps(policy))
        self.assertEqual(tag, "policy")
        fields = ["/signals/meeting-count/warning", "/time_zone", "/x"]
        self.assertEqual(sorted(problem["field"] for problem in problems), fields)
        self.assertTrue(all(problem["line"] == 0 and problem["expected"] for problem in problems))
        self.assertEqual(self.refusal(bare.configure, " " * (2**20 + 1)), ("too-large", 2**20))

        detector = fresh()
        detector.observe_ndjson(text(*meetings("2026-01-05", 2)))
        now = instant("2026-01-06T00:00:00Z")
        detector.advance(now)
        state = detector.snapshot([])
        for expected, call, *arguments in [
            (("time-went-back", now), detector.advance, now - 1),
            (("time-went-back", now), detector.agree, now - 1, []),
            (("time-out-of-range", 7_258_118_400_000), detector.advance, 7_258_118_400_000),
            (("time-out-of-range", -2_208_988_800_001), detector.advance, -2_208_988_800_001),
            (("too-large", 100_000), detector.observe_ndjson, "\n" * 100_001),
            (("too-large", 2**24), detector.observe_ndjson, " " * (2**24 + 1)),
            (("unknown-account", "nobody"), detector.open_alerts, ["acme", "nobody"]),
            (("unknown-account", "nobody"), detector.snapshot, ["nobody"]),
            (("unknown-account", "nobody"), detector.history, "nobody", "meeting-count"),
            (("unknown-signal", "creep-o-meter"), detector.history, "acme", "creep-o-meter"),
            (("unknown-alert", "0" * 16), detector.feedback, "0" * 16, "acted"),
            (("snapshot-damaged", None), detector.restore, ""),
            (("snapshot-damaged", None), detector.restore, state.replace("acme", "acmf")),
            (("snapshot-newer", "9.9.9"), detector.restore, NEWER),
        ]:
            self.assertEqual(self.refusal(call, *arguments), expected)
        self.assertEqual(self.refusal(detector.agree, now, [0, 0])[0], "disagreement")
        self.assertRegex(self.refusal(detector.restore, state)[1], "acme")
        tag, why = self.refusal(fresh('{"time_zone": "Asia/Tokyo"}').restore, state)
        self.assertEqual(tag, "snapshot-conflict")
        self.assertRegex(why, "UTC.*Asia/Tokyo")
        self.assertEqual(detector.snapshot([]), state, "a refused call changes nothing")

    def test_snapshot_and_restore_have_the_same_future_also_account_by_account(self):
        def weeks(monday):
            return text(*meetings(monday, 6), *meetings(monday, 7, "bolt"))

        def future(detector):
            detector.observe_ndjson(weeks("2026-01-12"))
            return [written(alert) for alert in advance(detector, instant("2026-04-01T00:00:00Z"))]

        first, restored, parts = fresh(), fresh(None), fresh()
        first.observe_ndjson(weeks("2026-01-05"))
        first.advance(instant("2026-01-20T00:00:00Z"))
        whole = first.snapshot([])
        restored.restore(whole)
        self.assertEqual(restored.snapshot([]), whole)
        parts.restore(first.snapshot(["bolt"]))
        parts.restore(first.snapshot(["acme"]))
        expected = future(first)
        self.assertGreaterEqual(len(expected), 4)
        self.assertEqual(future(restored), expected)
        self.assertEqual(future(parts), expected)
        self.assertEqual(first.forget(["acme", "nobody"]), 1)
        self.assertEqual(first.accounts("", 10), ["bolt"])

    def test_after_a_trap_a_new_instance_goes_on_from_the_last_snapshot(self):
        broken = False

        def log(*message):
            if broken:
                raise OSError("the log is full")

        lines = text(*meetings("2026-01-05", 6), *meetings("2026-01-12", 6))
        detector = fresh(log=log)
        saved = detector.snapshot([])
        detector.observe_ndjson(lines)
        broken = True
        with self.assertRaisesRegex(OSError, "the log is full"):
            detector.configure("{}")
        broken = False
        with self.assertRaises(WasmtimeError):
            detector.status()
        following = fresh(None)
        following.restore(saved)
        following.observe_ndjson(lines)
        self.assertEqual(len(advance(following, instant("2026-02-02T00:00:00Z"))), 1)


class Fixtures(unittest.TestCase):
    maxDiff = None

    def test_fixtures_give_their_expected_alerts_through_both_doors(self):
        folder = pathlib.Path(os.environ.get("REDTAPE_FIXTURES") or ROOT / "fixtures")
        for name in FIXTURES:
            log = (folder / name / "activities.ndjson").read_text("utf-8")
            report = json.loads((folder / name / "expected.json").read_text("utf-8"))
            toml = folder / name / "policy.toml"
            policy = json.dumps(tomllib.loads(toml.read_text("utf-8"))) if toml.exists() else "{}"
            for door in ["text", "records"]:
                with self.subTest(fixture=name, door=door):
                    detector = fresh(policy)

                    def observe(lines):
                        if door == "text":
                            return detector.observe_ndjson("\n".join(lines))
                        return detector.observe([typed(json.loads(line)) for line in lines])

                    alerts = [written(alert) for alert in replay(detector, log, observe)]
                    self.assertEqual(alerts, report["alerts"])
                    # Equal dicts may still differ in the order of their keys.
                    self.assertEqual(json.dumps(alerts), json.dumps(report["alerts"]))
                    self.assertEqual([written(alert) for alert in detector.open_alerts([])], report["open"])

    def test_the_guides_example_is_the_one_here_and_runs(self):
        example = host.HERE / "example.py"
        guide = (ROOT / "wit/README.md").read_text("utf-8")
        self.assertIn(f"```python\n{example.read_text('utf-8')}```", guide)
        command = [sys.executable, example, host.component_file()]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        expected = "accepted 6, problems 0\nwarning acme meeting-count: 3 meetings in the week of 11 May 2026"
        self.assertTrue(output.startswith(expected), output)


def tearDownModule():
    """Nothing of the contract was left out."""
    functions = re.findall(r"^  ([a-z-]+): func", (ROOT / "wit/detector.wit").read_text("utf-8"), re.MULTILINE)
    [variant] = re.findall(r"variant error \{(.*?)\n  \}", (ROOT / "wit/types.wit").read_text("utf-8"), re.DOTALL)
    cases = set(re.findall(r"^    ([a-z-]+)", variant, re.MULTILINE))
    left = sorted(set(functions) - called) + sorted(cases - refusals - UNREACHABLE)
    if len(functions) != 16 or left:
        raise AssertionError(f"{len(functions)} functions, never met: {', '.join(left)}")


if __name__ == "__main__":
    unittest.main()
