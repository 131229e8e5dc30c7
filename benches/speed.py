#!/usr/bin/env python3
"""Compares transfers: the command (ureq), the example `transfer` (hyper), curl, Python's requests, and a bare floor.

Usage: speed.py BIN_FOLDER [--rounds N] [--mib N] [--only NAME,...] [--requests PYTHON]

Each round runs every client once, in rotating order, each with its target removed; the table has the medians of wall
time and CPU time (user and system, of the client alone), and the peak memory of one more run. BIN_FOLDER has
`seatable-io`, `transfer`, `floor` and `server`. `--requests` is a Python that has the package `requests`.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
import zipfile

OPTIONS = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
OPTIONS.add_argument("bin")
OPTIONS.add_argument("--rounds", type=int, default=15)
OPTIONS.add_argument("--mib", type=int, default=256)
OPTIONS.add_argument("--only", help="clients to run, separated by commas")
OPTIONS.add_argument("--schemes", default="http,https", help="schemes, separated by commas")
OPTIONS.add_argument("--requests", default="python3", help="a Python with the package requests")
OPTIONS.add_argument("--more", action="append", default=[], metavar="NAME=PATH",
                     help="another program with the arguments of the command")

UPLOAD = "import requests,sys;s,f,c=sys.argv[1:];r=requests.post(s+'api/v2.1/workspace/1/import-dtable/',files={'dtable':open(f,'rb')},verify=c or True);r.raise_for_status()"
DOWNLOAD = """import requests,sys
s,f,c=sys.argv[1:]
with requests.get(s+'dtable-export-content/',stream=True,verify=c or True) as r, open(f,'wb') as o:
    r.raise_for_status()
    for piece in r.iter_content(1<<20): o.write(piece)
"""


def sample(path, mib):
    """A base of so many MiB, of which one asset cannot be compressed."""
    with zipfile.ZipFile(path, "w") as base:
        base.writestr("content.json", json.dumps({"tables": []}))
        with base.open("asset/files/x.bin", "w") as asset:
            for _ in range(mib):
                asset.write(os.urandom(1 << 20))


def clients(options, scheme, server, folder, certificate):
    """For each client, its commands for import and export."""
    file, target = f"{folder}/base.dtable", f"{folder}/target.dtable"
    secure = scheme == "https"
    ca, cacert = (["--ca-file", certificate], ["--cacert", certificate]) if secure else ([], [])
    own = {"ureq": f"{options.bin}/seatable-io", "hyper": f"{options.bin}/transfer"}
    own.update(pair.split("=", 1) for pair in options.more)
    every = {name: {
        "import": [program, "import", file, "--workspace", "1", "-q", *ca],
        "export": [program, "export", "speed", "--workspace", "1", "--output", target, "--force", "-q", *ca],
    } for name, program in own.items()}
    every["curl"] = {
        "import": ["curl", "-sSf", "-o", "/dev/null", *cacert, "-F", f"dtable=@{file}",
                   f"{server}api/v2.1/workspace/1/import-dtable/"],
        "export": ["curl", "-sSf", "-o", target, *cacert, f"{server}dtable-export-content/"],
    }
    if subprocess.run([options.requests, "-c", "import requests"], stderr=subprocess.DEVNULL).returncode == 0:
        for_requests = [server, file], [server, target]
        every["requests"] = {
            "import": [options.requests, "-c", UPLOAD, *for_requests[0], certificate if secure else ""],
            "export": [options.requests, "-c", DOWNLOAD, *for_requests[1], certificate if secure else ""],
        }
    else:
        print("skipped: no package requests; see --requests")
    if not secure:
        every["floor"] = {"import": [f"{options.bin}/floor", "import", file],
                          "export": [f"{options.bin}/floor", "export", target]}
    names = options.only.split(",") if options.only else every
    return {name: every[name] for name in names if name in every}, target


def run(command, environment, target):
    """Wall time and CPU time in seconds."""
    if os.path.exists(target):
        os.remove(target)
    start = time.perf_counter()
    child = os.posix_spawnp(command[0], command, environment)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    assert status == 0, f"{command}: {status}"
    return wall, usage.ru_utime + usage.ru_stime


def peak(command, environment, target):
    """The peak resident memory in MiB: the kernel's own figure would count the memory of this program."""
    if os.path.exists(target):
        os.remove(target)
    child, most = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL), 0
    while child.poll() is None:
        with open(f"/proc/{child.pid}/status") as status:
            lines = [line.split() for line in status if line.startswith("VmHWM:")]
        most = max([most, *(int(line[1]) for line in lines)])
        time.sleep(0.001)
    return most / 1024


def compare(options, scheme, folder, certificate, key):
    tls = [certificate, key] if scheme == "https" else []
    server = subprocess.Popen([f"{options.bin}/server", f"{folder}/base.dtable", *tls], stdout=subprocess.PIPE, text=True)
    try:
        address = server.stdout.readline().strip()
        environment = {**os.environ, "SEATABLE_SERVER": address, "SEATABLE_TOKEN": "0303f89b3607fb86039f"}
        every, target = clients(options, scheme, address, folder, certificate)
        for direction in ["import", "export"]:
            figures = {name: [] for name in every}
            names = list(every)
            for turn in range(options.rounds + 1):
                for name in names[turn % len(names):] + names[:turn % len(names)]:
                    figure = run(every[name][direction], environment, target)
                    if turn > 0:  # the first round warms up
                        figures[name].append(figure)
            table(f"{direction} over {scheme}", figures,
                  {name: peak(every[name][direction], environment, target) for name in every})
    finally:
        server.terminate()
        server.wait()


def table(title, figures, peaks):
    medians = {name: [statistics.median(part) for part in zip(*runs)] for name, runs in figures.items()}
    print(f"\n{title}\n{'':10} {'wall':>8} {'CPU':>8}   to the floor    to curl       peak")
    for name, (wall, cpu) in medians.items():
        def to(other):
            return f"{wall / medians[other][0]:5.2f} / {cpu / medians[other][1]:4.2f}" if other in medians else " " * 12
        print(f"{name:10} {wall:6.3f} s {cpu:6.3f} s   {to('floor')}  {to('curl')}  {peaks[name]:6.1f} MiB", flush=True)


def main():
    options = OPTIONS.parse_args()
    base = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(dir=base) as folder:
        sample(f"{folder}/base.dtable", options.mib)
        certificate, key = f"{folder}/cert.pem", f"{folder}/key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-addext", "basicConstraints=critical,CA:FALSE",
                        "-keyout", key, "-out", certificate], check=True, stderr=subprocess.DEVNULL)
        for scheme in options.schemes.split(","):
            compare(options, scheme, folder, certificate, key)
    print(f"\nmedians of {options.rounds} rounds, {options.mib} MiB, on {os.cpu_count()} cores")


main()
