"""Records bridge_v1.txt: the real bridge in rhs_host speaks with the real broker through exchange_recorder.

  RESOURCE_BROKER_STAGE=build/native/stage PYTHONPATH=tests/end_to_end python3 tests/compatibility/record_bridge.py

prints the recording; its head is kept by hand. Not a test: a recording is made once, when a version of the contract is
released, and stays.
"""

import subprocess
import sys
import unittest

from deployment import STAGE, EndToEndTest
from recorded_session import PROPERTIES, SCRIPT

TEST_MODULE = STAGE.parent / "broker_service" / "broker_test_module"


class Record(EndToEndTest):
    def test_Record(self):
        folder = self.broker.modules / "m" / "1.0.0"
        folder.mkdir(parents=True)
        (folder / "broker_test_module").symlink_to(TEST_MODULE)
        (folder / "manifest.json").write_text('{"name": "m", "version": "1.0.0", "minProtocol": 1, "maxProtocol": 1, '
                                              '"command": "broker_test_module", "arguments": ["good"]}')
        self.broker.start()
        between = self.bridge_address.replace("bridge.sock", "between.sock")
        recorder = subprocess.Popen([STAGE / "test_programs" / "exchange_recorder", between, self.bridge_address],
                                    stdout=subprocess.PIPE, text=True)
        self.assertEqual(recorder.stdout.readline(), "# listening\n")
        self.bridge_address = between
        self.host(SCRIPT, self.properties("r1", **PROPERTIES))
        recorder.terminate()
        sys.stdout.write(recorder.communicate(timeout=30)[0])


if __name__ == "__main__":
    unittest.main()
