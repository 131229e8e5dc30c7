#!/usr/bin/env python3
"""Compares work on files without a server: `verify` with sha256sum and unzip, `show` and `convert` with Python.

Usage: files.py BIN_FOLDER [--rounds N] [--rows N] [--mib N]

Each round runs both programs of a pair, in turn; the table has the medians of CPU time (user and system, from `wait4`) and of
wall time, their ratios round by round, and the peak memory of one more run (not of two programs together). Everything runs on one processor, except
`--jobs 2`. BIN_FOLDER has `seatable-io`. Python uses zipfile, json, csv and sqlite3, and reads `content.json` as a whole, as a
script of a few lines does.
"""
import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile

OPTIONS = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
OPTIONS.add_argument("bin")
OPTIONS.add_argument("--rounds", type=int, default=5)
OPTIONS.add_argument("--rows", type=int, default=1_000_000)
OPTIONS.add_argument("--mib", type=int, default=256, help="size of the asset of the other base")

READ = "import csv,json,sqlite3,sys,zipfile\nbase=json.loads(zipfile.ZipFile(sys.argv[1]).read('content.json'))\n"
SHOW = READ + """
for table in base['tables']:
    print(table['name'], len(table['rows']))
    for column in table['columns']: print(column['name'], column['type'])
"""
NAMED = READ + """
def rows(table):
    options = {c['key']: {o['id']: o['name'] for o in (c['data'] or {}).get('options', [])} for c in table['columns']}
    for row in table['rows']:
        yield [row['_id'], *(options[c['key']].get(row.get(c['key']), row.get(c['key'])) for c in table['columns'])]
"""
CSV = NAMED + """
for table in base['tables']:
    with open(sys.argv[2], 'w', newline='') as out:
        out = csv.writer(out)
        out.writerow(['_id', *(c['name'] for c in table['columns'])])
        out.writerows(rows(table))
"""
SQLITE = NAMED + """
with sqlite3.connect(sys.argv[2]) as out:
    for place, table in enumerate(base['tables']):
        columns = ['_id TEXT PRIMARY KEY', *(f'"{c["name"]}"' for c in table['columns'])]
        out.execute(f'CREATE TABLE t{place} ({", ".join(columns)})')
        out.executemany(f'INSERT INTO t{place} VALUES ({", ".join("?" for _ in columns)})', rows(table))
"""
JSONL = NAMED + """
with open(sys.argv[2], 'w') as out:
    for table in base['tables']:
        names = ['_id', *(c['name'] for c in table['columns'])]
        for row in rows(table): out.write(json.dumps({'table': table['name'], **dict(zip(names, row))}) + '\\n')
"""
COLUMNS = [("0000", "Name", "text"), ("abcd", "Amount", "number"), ("sel1", "Status", "single-select"), ("dat1", "Due", "date"),
           ("chk1", "Paid", "checkbox"), ("txt2", "Notes", "text")]


def rows_base(path, rows):
    """A base of one table, whose text is that of a server: rows before columns, random IDs, no white space."""
    draw = random.Random(1)
    who, when = "0000000000000000000000000a11ce05@auth.local", "2026-01-02T03:04:05.678+00:00"
    options = {"options": [{"id": "123456", "name": "Open"}, {"id": "123457", "name": "Done"}]}

    def text(value):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as base, base.open("content.json", "w", force_zip64=True) as out:
        out.write(b'{"version":5,"format_version":9,"links":[],"tables":[{"_id":"0000","name":"Orders","rows":[')
        for at in range(rows):
            row = {"_id": "".join(draw.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", k=22)),
                   "_participants": [], "_creator": who, "_ctime": when, "_last_modifier": who, "_mtime": when,
                   "0000": f"Row {at}", "abcd": draw.random() * 1000, "sel1": f"12345{6 + at % 2}",
                   "dat1": f"2026-05-{at % 28 + 1:02}", "chk1": at % 2 == 0, "txt2": f'Grüße an "alle" Leute {at}\n'}
            out.write(((text(row) if at == 0 else "," + text(row))).encode())
        columns = [{"key": key, "name": name, "type": kind, "data": options if kind == "single-select" else None}
                   for key, name, kind in COLUMNS]
        out.write(f'],"columns":{text(columns)},"views":[],"id_row_map":{{}}}}]}}'.encode())


def asset_base(path, mib):
    """A base with one asset that cannot be compressed."""
    with zipfile.ZipFile(path, "w") as base:
        base.writestr("content.json", json.dumps({"tables": []}))
        with base.open("asset/files/x.bin", "w") as asset:
            for _ in range(mib):
                asset.write(os.urandom(1 << 20))


def remove(target):
    shutil.rmtree(target) if os.path.isdir(target) else os.path.exists(target) and os.remove(target)


def start(command, cpus, target):
    remove(target)
    # The processors are inherited.
    os.sched_setaffinity(0, cpus)
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def run(command, cpus, target):
    """CPU time and wall time in seconds."""
    begin = time.perf_counter()
    child = start(command, cpus, target)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begin
    child.returncode = status
    assert status == 0, f"{command}: {status}"
    return usage.ru_utime + usage.ru_stime, wall


def peak(command, cpus, target):
    """The peak resident memory in MiB: the kernel's own figure would count the memory of this program."""
    child, most = start(command, cpus, target), 0
    while child.poll() is None:
        try:
            with open(f"/proc/{child.pid}/status") as status:
                most = max([most, *(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))])
        except ProcessLookupError:
            break
        time.sleep(0.005)
    return most / 1024


def compare(title, options, one, other, target):
    """Runs two commands in turn, each with its name and its processors, and prints the figures of both."""
    figures = [], []
    for turn in range(options.rounds + 1):
        for place, (_, command, cpus) in enumerate([one, other]):
            figure = run(command, cpus, target)
            if turn > 0:  # the first round warms up
                figures[place].append(figure)
    print(f"\n{title}\n{'':30} {'CPU':>9} {'wall':>9} {'peak':>12}")
    for (name, command, cpus), own in zip([one, other], figures):
        cpu, wall = (statistics.median(part) for part in zip(*own))
        memory = "" if command[0] == "sh" else f"{peak(command, cpus, target):8.1f} MiB"
        print(f"{name:30} {cpu:7.2f} s {wall:7.2f} s {memory}")
    for place, name in enumerate(["CPU", "wall"]):
        ratios = sorted(a[place] / b[place] for a, b in zip(*figures))
        print(f"ratio of {name}: {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})", flush=True)


def main():
    options = OPTIONS.parse_args()
    command, cpus = f"{options.bin}/seatable-io", sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        rows, asset, target = f"{folder}/rows.dtable", f"{folder}/asset.dtable", f"{folder}/target"
        rows_base(rows, options.rows)
        asset_base(asset, options.mib)
        for title, file in [(f"verify, {options.rows:,} rows", rows), (f"verify, one asset of {options.mib} MiB", asset)]:
            both = ["sh", "-c", f"sha256sum {file} && unzip -tq {file}"]
            compare(title, options, ("verify", [command, "-q", "verify", file], cpus[:1]),
                    ("sha256sum and unzip -t", both, cpus[:1]), target)
        eight = [command, "-q", "verify", *[rows, asset] * 4]
        compare("verify, eight copies", options, ("--jobs 2", [*eight, "--jobs", "2"], cpus[:2]),
                ("--jobs 1", [*eight, "--jobs", "1"], cpus[:1]), target)
        for title, own, script, name in [
                ("show", ["show", rows], SHOW, target),
                ("convert to CSV", ["convert", rows, "--output", target], CSV, target),
                ("convert to SQLite", ["convert", rows, "--output", f"{target}.sqlite"], SQLITE, f"{target}.sqlite"),
                ("convert to JSON lines", ["convert", rows, "--output", f"{target}.jsonl"], JSONL, f"{target}.jsonl")]:
            compare(f"{title}, {options.rows:,} rows", options, ("seatable-io", [command, "-q", *own], cpus[:1]),
                    ("Python", [sys.executable, "-c", script, rows, name], cpus[:1]), name)
    print(f"\n{options.rounds} rounds, Python {sys.version.split()[0]}, {os.cpu_count()} processors")


main()
