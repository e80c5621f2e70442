# python3 -m pip install wasmtime==48.0.0; python3 example.py redtape.wasm
import json, sys
from datetime import datetime
from wasmtime import Engine, Store
from wasmtime.component import Component, Linker, Variant

engine = Engine()
linker, store = Linker(engine), Store(engine)
with linker.root() as root, root.add_instance("redtape:crm/logging@0.1.0") as logging:
    logging.add_func("log", lambda store, level, target, message: print(level, target, message, file=sys.stderr))
instance = linker.instantiate(store, Component.from_file(engine, sys.argv[1]))
detector = instance.get_export_index(store, "redtape:crm/detector@0.1.0")
if detector is None:
    raise SystemExit("a component of another contract")

def call(name, *arguments):
    function = instance.get_func(store, instance.get_export_index(store, name, detector))
    answer = function(store, *arguments)
    if isinstance(answer, Variant):  # only errors are variants
        raise SystemExit(f"{name} was refused: {answer.tag} {answer.payload}")
    return answer

call("configure", '{"signals": {"meeting-count": {"warning": 3, "critical": 6}}}')
meeting = {"account": "acme", "kind": "meeting", "duration_min": 60}
days = ["04", "06", "08", "11", "13", "15"]
lines = [json.dumps({"id": f"m-{day}", "at": f"2026-05-{day}T09:00:00Z"} | meeting) for day in days]
intake = call("observe-ndjson", "\n".join(lines))
print(f"accepted {intake.accepted}, problems {len(intake.problems)}")
to = int(datetime.fromisoformat("2026-05-25T00:00:00Z").timestamp()) * 1000
for alert in call("advance", to).alerts:
    print(alert.severity, alert.account, f"{alert.signal}: {alert.summary}")
