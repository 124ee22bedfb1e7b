"""Connections of administrators over time: limits of idleness and age, and another broker at the same address."""

import json
import pathlib
import subprocess
import threading
import time
import unittest
import urllib.request

import http2
from deployment import free_port
from nodes import RemoteTest
from test_foreign_client import SYSTEM_PYTHON

LIMIT_MS = 1000
# gRPC takes up to a tenth more or less.
EARLIEST_S, LATEST_S = 0.85, 10


class Connections(RemoteTest):
    def test_ConnectionIsIdleForTooLong_IsToldAndEnded(self):
        one = self.node("n1", timeouts={"remoteIdleMs": LIMIT_MS}).start()
        lasted, told = http2.stay(one.port, http2.context(self.pki, "victor"), timeout=LATEST_S)
        self.assertTrue(told)
        self.assertTrue(EARLIEST_S < lasted < LATEST_S, lasted)

    def test_ConnectionIsOld_IsToldAndEndedAndNoCallOfAClientFails(self):
        one = self.node("n1", timeouts={"remoteAgeMs": LIMIT_MS}).start()
        caller = subprocess.Popen(
            [SYSTEM_PYTHON, str(pathlib.Path(__file__).with_name("foreign_client.py")), one.address,
             str(self.pki / "ca.crt"), str(self.pki / "victor.crt"), str(self.pki / "victor.key"), "calls", "4"],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(caller.kill)
        lasted, told = http2.stay(one.port, http2.context(self.pki, "victor"), timeout=LATEST_S)
        self.assertTrue(told)
        self.assertTrue(EARLIEST_S < lasted < LATEST_S, lasted)
        calls, failed = map(int, caller.communicate(timeout=60)[0].split())
        print(f"{calls} calls over connections that live a second, {failed} failed")
        self.assertGreater(calls, 100)
        self.assertEqual(failed, 0)

    def test_BrokerTakesOver_TheAddressIsServedByTheNextOne(self):
        one = self.node("n1", remote={"address": f"127.0.0.1:{free_port()}"}).start()
        before = self.remote_json(one, "victor", "status")["processId"]
        first, tls, refused, stop = one.process, http2.context(self.pki, "victor"), [], threading.Event()

        def knock():
            while not stop.is_set():
                try:
                    with http2.socket.create_connection(("127.0.0.1", one.port), timeout=20) as plain:
                        tls.wrap_socket(plain).close()
                except OSError:
                    refused.append(time.monotonic())

        knocking = threading.Thread(target=knock)
        knocking.start()
        self.addCleanup(stop.set)
        one.start("--take-over")
        first.wait(30)
        # An answer of the next broker, without asking twice.
        after = self.remote_json(one, "victor", "status")["processId"]
        stop.set()
        knocking.join()
        self.assertNotEqual(after, before)
        gap = refused[-1] - refused[0] if refused else 0
        print(f"{len(refused)} connections refused within {gap * 1000:.0f} ms of a take-over")
        self.assertLess(gap, 10)

    def test_BridgeThatCalled_IsInTheMetrics(self):
        port = free_port()
        one = self.node("n1", metrics={"address": f"127.0.0.1:{port}"})
        one.install("recorder")
        one.start()
        self.bridge_address = json.loads(one.config.read_text())["bridgeAddress"]
        process, _, finish = self.start_host(
            ['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=60s", "looks r1", "looks r1",
             "looks r1", "sleep 20s", "close r1"], self.recorder("r1"))

        def page():
            time.sleep(1)  # seldom, as who scrapes does: under Wine fifty connections a second are too many for civetweb
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
                return answer.read().decode()

        self.until(lambda: 'resource_broker_entry_point_seconds_count{entry_point="looks_alive"} 3' in page(),
                   "the bridge's report")
        reported = page()
        for line in ('resource_broker_entry_point_seconds_count{entry_point="online"} 1',
                     'resource_broker_entry_point_seconds_count{entry_point="open"} 1'):
            self.assertIn(line, reported)
        process.kill()
        finish(exit_code=None)


if __name__ == "__main__":
    unittest.main()
