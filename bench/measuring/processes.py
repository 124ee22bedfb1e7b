"""Programs that are asked for lines of JSON, and what the system says of a process. A Windows program under Wine is a
process of this system as well."""

import json
import os
import pathlib
import select
import signal
import subprocess
import time

PATIENCE_S = 600


class Failed(Exception):
    """A program did not do what it was started for; says which, and its last words."""


class Conversation:
    """A program that answers each line with one."""

    def __init__(self, command, log):
        self.command = command
        self.log = log
        self.unread = b""
        with open(log, "ab") as errors:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)

    @property
    def id(self):
        return self.process.pid

    def hear(self, timeout=PATIENCE_S):
        """The next line."""
        deadline = time.monotonic() + timeout
        while b"\n" not in self.unread:
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, left))
            some = os.read(self.process.stdout.fileno(), 1 << 16) if ready else b""
            if not some:
                self.end()
                said = pathlib.Path(self.log).read_text(errors="replace")[-2000:]
                raise Failed(f"{' '.join(map(str, self.command))}: "
                             f"{'has ended' if ready else f'no answer in {timeout} s'}\n{said}")
            self.unread += some
        line, _, self.unread = self.unread.partition(b"\n")
        return line.decode().strip()

    def say(self, line=""):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def ask(self, line, timeout=PATIENCE_S):
        self.say(line)
        return json.loads(self.hear(timeout))

    def close(self, timeout=60):
        """Its input ends, and so does it."""
        try:
            self.process.stdin.close()
            self.process.wait(timeout)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            pass
        self.end()

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()


def run_json(command, timeout=PATIENCE_S):
    """The line of JSON that a program prints."""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout)
    if result.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}: exit code {result.returncode}\n{result.stderr[-2000:]}")
    return json.loads(result.stdout)


def private_bytes(process_id):
    """Memory that is this process's alone and was written to."""
    for line in pathlib.Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1]) * 1024
    raise Failed(f"process {process_id}: the system does not tell its memory")


def cpu_seconds(process_id):
    """What all its threads have had of the processor."""
    total = 0
    for task in pathlib.Path(f"/proc/{process_id}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except FileNotFoundError:  # it ends just now
            continue
    return total / 1e9


def wine_server_requests():
    """How many requests the server of this checkout's Wine has read so far."""
    prefix = os.environ.get("RESOURCE_BROKER_WINEPREFIX") or str(pathlib.Path(__file__).parents[2] / "build" / "wine")
    wanted = f"WINEPREFIX={prefix}".encode()
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if b"wineserver" in (process / "cmdline").read_bytes() and \
                    wanted in (process / "environ").read_bytes().split(b"\0"):
                counts = dict(line.split(": ") for line in (process / "io").read_text().splitlines())
                return int(counts["syscr"])
        except (FileNotFoundError, ProcessLookupError, PermissionError):  # another's, or it ends just now
            continue
    raise Failed("Wine's server does not run: deploy/wine start")
