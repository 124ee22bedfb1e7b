"""Wrong calls and broken modules get the documented error in time, and host and broker go on."""

import os
import socket

import unittest

from deployment import PATIENT, WINDOWS, EndToEndTest


class BadInput(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.broker.install("recorder")

    def assert_still_serves(self, others):
        """The same broker process takes another resource through its paces."""
        self.assertIsNone(self.broker.process.poll(), "the broker ended")
        self.host(['open ok type="Resource Broker"', "online ok", "wait ok state=Online timeout=20s", "offline ok",
                   "wait ok state=Offline timeout=20s", "close ok"], self.recorder("ok"))

    def test_NullInBufferWithASize_InvalidParameter(self):
        self.broker.start()
        self.host(['open r1 type="Resource Broker"', "offline r1 in-size=16", "expect r1 last=87", "close r1"],
                  self.recorder("r1"))
        self.assertEqual(self.recorded(), [])

    def test_DestinationNodeThatIsNotUtf16_NoUnicodeTranslation(self):
        self.broker.start()
        self.host(['open r1 type="Resource Broker"', "offline r1 dest-hex=d800", "expect r1 last=1113", "close r1"],
                  self.recorder("r1"))
        self.assertEqual(self.recorded(), [])

    def test_UnknownResourceType_IsNotServed(self):
        self.host(['open r1 type="Print Spooler"'], self.recorder("r1"), exit_code=3)

    def test_NoModuleProperty_InvalidParameterThatNamesIt(self):
        self.broker.start()
        run = self.host(['open r1 type="Resource Broker"', "offline r1", "expect r1 last=87", "close r1"],
                        self.properties("r1"))
        self.assertIn("Module", run.logged("r1"))

    def test_ModuleThatDoesNotExist_ModNotFoundThatNamesIt(self):
        self.broker.start()
        run = self.host(['open r1 type="Resource Broker"', "offline r1", "expect r1 last=126", "close r1"],
                        self.properties("r1", Module="no_such_module", **PATIENT))
        self.assertIn("no_such_module", run.logged("r1"))
        self.assert_still_serves("r1")

    def broken_module(self, name, argument, expected, timeouts=None):
        manifest = {"name": name, "version": "1.0.0", "minProtocol": 1, "maxProtocol": 1, "command": "broken_module",
                    "arguments": [argument]}
        self.broker = self.make_broker(timeouts=timeouts)
        self.broker.install("broken_module", manifest=manifest)
        self.broker.start()
        run = self.host(['open r1 type="Resource Broker"', "offline r1", "wait r1 state=Failed timeout=30s",
                         "expect r1 return-under=250ms", "close r1"], self.properties("r1", Module=name))
        self.assert_still_serves("r1")
        return run

    def test_ModuleThatEndsAtOnce_ProcessAborted(self):
        self.broken_module("ends_at_once", "exit", 1067)

    def test_ModuleThatPrintsRubbish_FailsWithItsLine(self):
        run = self.broken_module("rubbish", "rubbish", 1067)
        self.assertIn("Hello, I am not a handshake", run.logged("r1"))

    def test_ModuleThatSaysNothing_Timeout(self):
        self.broken_module("silent", "silent", 1460, timeouts={"moduleHandshakeMs": 1500})

    def test_ModuleThatCrashesDuringAnOperation_ProcessAbortedAndItServesAgain(self):
        self.broker.start()
        run = self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s",
                         "offline r1", "wait r1 state=Failed timeout=30s", "close r1"],
                        self.recorder("r1", OfflineScript="wait:400;crash"))
        self.assertEqual(run.reports("r1")[-1]["app"], 1067)
        self.assert_still_serves("r1")

    def test_BridgeAddressOwnedByAStranger_IsNotSpokenTo(self):
        """Natively the stranger is another account; Wine has one account, so there the transport's own tests do it."""
        if WINDOWS or os.geteuid() != 0:
            self.skipTest("needs a second account and the right to become it")
        stranger = self.folder / "stranger"
        stranger.mkdir()
        os.chown(stranger, 65534, 65534)
        self.folder.chmod(0o755)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(stranger / "bridge.sock"))
        os.chown(stranger / "bridge.sock", 65534, 65534)
        listener.listen()
        listener.settimeout(0.2)
        self.bridge_address = f"unix:{stranger}/bridge.sock"
        self.host(['open r1 type="Resource Broker"', "offline r1", "expect r1 last=997",
                   "wait r1 state=Failed timeout=30s", "expect r1 app=1062", "close r1"],
                  self.recorder("r1", **{"ReconnectTimeoutMs:dword": "1000"}))
        try:
            connection, _ = listener.accept()
            connection.settimeout(1)
            self.assertEqual(connection.recv(1), b"", "a byte was sent to a stranger")
        except socket.timeout:
            pass
        listener.close()


if __name__ == "__main__":
    unittest.main()
