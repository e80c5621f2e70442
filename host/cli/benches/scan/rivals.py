"""Weekly counts of a log, as other tools count them: rivals.py duckdb|polars|pandas LOG LINES

Prints the seconds the counting took. The tool is loaded before the clock starts, and the sum of all counts is checked.
"""

import sys
import time

KINDS = {"meetings": "meeting", "versions": "plan-version", "steps": "approval-step"}


def duckdb(log):
    import duckdb

    connection = duckdb.connect(config={"threads": 2})
    counts = ", ".join(f"count(*) filter (kind = '{kind}') as {name}" for name, kind in KINDS.items())
    # `at` is a word of SQL.
    columns = "{'id': 'VARCHAR', 'at': 'TIMESTAMPTZ', 'account': 'VARCHAR', 'kind': 'VARCHAR'}"
    file = log.replace("'", "''")
    start = time.perf_counter()
    connection.execute(
        f"""create table weeks as
            select account, date_trunc('week', "at") as week, {counts}
            from read_ndjson('{file}', columns = {columns}) group by all"""
    )
    seconds = time.perf_counter() - start
    (total,) = connection.execute(f"select sum({' + '.join(KINDS)}) from weeks").fetchone()
    return seconds, total


def polars(log):
    import polars

    text = polars.String
    start = time.perf_counter()
    weeks = (
        polars.scan_ndjson(log, schema={"at": text, "account": text, "kind": text})
        .with_columns(polars.col("at").str.to_datetime(time_zone="UTC").dt.truncate("1w").alias("week"))
        .group_by("account", "week")
        .agg((polars.col("kind") == kind).sum().alias(name) for name, kind in KINDS.items())
        .collect()
    )
    seconds = time.perf_counter() - start
    return seconds, weeks.select(list(KINDS)).sum_horizontal().sum()


def pandas(log):
    import pandas

    start = time.perf_counter()
    frame = pandas.read_json(log, lines=True)
    frame["week"] = pandas.to_datetime(frame["at"], utc=True).dt.tz_convert(None).dt.to_period("W")
    weeks = frame.groupby(["account", "week", "kind"]).size()
    seconds = time.perf_counter() - start
    return seconds, weeks.sum()


def main():
    name, log, lines = sys.argv[1:]
    seconds, total = {"duckdb": duckdb, "polars": polars, "pandas": pandas}[name](log)
    if total != int(lines):
        sys.exit(f"{name} counted {total} activities, the log has {lines} lines")
    print(seconds)


if __name__ == "__main__":
    main()
