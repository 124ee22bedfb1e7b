"""Each kind of mistake in broker.json, as `resource_broker check-config` names it: the file, the place and the reason."""

import json
import os
import pathlib
import shutil
import tempfile
import unittest

from programs import WINDOWS, os_path, program, run

OK, WRONG = 0, 2
ABSOLUTE = "npipe:////./pipe/a" if WINDOWS else "unix:/run/a.sock"

# What the file holds, and what is said of it behind the file's name.
MISTAKES = [
    # Unknown keys, at each depth, with what may be meant.
    ('{"limtis": {}}', 'limtis: unknown key (line 1, column 2); did you mean limits?'),
    ('{"limits": {"maxSesions": 1}}', 'limits.maxSesions: unknown key (line 1, column 13); did you mean maxSessions?'),
    ('{\n  "remote": {\n    "grants": [\n      {"roll": "viewer"}]}}',
     'remote.grants[0].roll: unknown key (line 4, column 8); did you mean role?'),
    ('{"faults": {"allowed": true, "armed": [{"pint": "x"}]}}',
     'faults.armed[0].pint: unknown key (line 1, column 41); did you mean point?'),
    ('{"maxSessions": 5}', 'maxSessions: unknown key (line 1, column 2); did you mean limits.maxSessions?'),
    ('{"LogLevel": "info"}', 'LogLevel: unknown key (line 1, column 2); did you mean logLevel?'),
    ('{"somethingElse": 5}', 'somethingElse: unknown key (line 1, column 2)\n'),
    # Types.
    ('{"limits": 7}', 'limits: must be an object in braces, not 7 (line 1, column 12)'),
    ('{"limits": {"maxSessions": "64"}}',
     'limits.maxSessions: must be a whole number, 1 to 4096, not the text "64" (line 1, column 28)'),
    ('{"limits": {"maxSessions": true}}', 'limits.maxSessions: must be a whole number, 1 to 4096, not true'),
    ('{"limits": {"maxSessions": 1.5}}', 'limits.maxSessions: must be a whole number, 1 to 4096, not 1.5'),
    ('{"limits": {"maxSessions": []}}', 'limits.maxSessions: must be a whole number, 1 to 4096, not a list'),
    ('{"logLevel": 3}', 'logLevel: must be a text in double quotes, not 3'),
    ('{"packages": {"requireSignature": "yes"}}',
     'packages.requireSignature: must be true or false, not the text "yes"'),
    ('{"packages": {"trustedKeys": "abc"}}', 'packages.trustedKeys: must be a list in brackets, not the text "abc"'),
    ('{"remote": {"grants": ["admin"]}}', 'remote.grants[0]: must be an object in braces, not the text "admin"'),
    ('[]', 'line 1, column 1: the configuration is an object in braces, not a list'),
    # Numbers out of range, and words that are none.
    ('{"limits": {"maxSessions": -1}}', 'limits.maxSessions: must be a whole number, 1 to 4096, not -1'),
    ('{"limits": {"maxSessions": 5000}}', 'limits.maxSessions: must be 1 to 4096, not 5000'),
    ('{"limits": {"maxSessions": 99999999999}}',
     'limits.maxSessions: must be a whole number, 1 to 4096, not 99999999999'),
    ('{"timeouts": {"moduleCallMs": 86400001}}', 'timeouts.moduleCallMs: must be 1 to 86400000, not 86400001'),
    ('{"logging": {"maxFileBytes": 1}}', 'logging.maxFileBytes: must be 65536 to 1073741824, not 1'),
    ('{"timeouts": {"queueRetryMs": 60000}}', 'timeouts.queueRetryMs: 60000 is more than its maximum 30000'),
    ('{"logLevel": "loud"}', 'logLevel: must be one of info, trace, debug, warning, error, not "loud"'),
    ('{"logging": {"format": "xml"}}', 'logging.format: must be one of text, json, not "xml"'),
    ('{"queue": {"mode": "cloud"}}', 'queue.mode: must be one of broker, cluster, not "cloud"'),
    ('{"remote": {"certificateFile": "a", "keyFile": "b", "trustFile": "c", "grants": [{"role": "root"}]}}',
     'remote.grants[0].role: must be one of viewer, operator, admin, not "root"'),
    # Keys twice, also by their other name.
    ('{\n"logLevel": "info",\n"logLevel": "debug"}', 'logLevel: is there twice (line 2, column 1 and line 3, column 1)'),
    ('{"limits": {"maxSessions": 1, "max_sessions": 2}}', 'limits.maxSessions: is there twice (line 1, column 13'),
    # Syntax.
    ('{\n  "limits": {\n    "maxSessions": 5,\n  }\n}',
     'line 3, column 21: a comma with nothing after it; take it out'),
    ('{\n  "logLevel": "info"\n  "limits": {}\n}', 'line 3, column 3: "," or "}" is expected'),
    ('{\n  "logLevel" "info"\n}', 'line 2, column 14: ":" after the key is expected'),
    ('{\n  // my settings\n}', 'line 2, column 3: JSON has no comments'),
    ("{'logLevel': 'info'}", 'line 1, column 2: a key in double quotes is expected'),
    ('{"dataDirectory": "C:\\ResourceBroker"}', 'line 1, column 22: "\\" begins no escape of JSON here'),
    ('{"logLevel": info}', 'line 1, column 14: info is no value of JSON; texts stand in double quotes'),
    ('{"logLevel": "info"', 'line 1, column 20: "," or "}" is expected, not the end'),
    ('{} {}', 'line 1, column 4: there is more after the end'),
    # Bytes.
    (b'{"dataDirectory": "M\xfcll"}', 'line 1, column 21: a byte that is not UTF-8'),
    ('{}'.encode("utf-16"), 'line 1, column 1: a byte that is not UTF-8'),
    ('', 'is empty'),
    (' \n\n', 'is empty'),
    ('{"dataDirectory": "a\\u0000b"}', 'dataDirectory: contains NUL'),
    (' ' * (2 << 20), 'larger than 1 MiB'),
    # Addresses and paths.
    ('{"bridgeAddress": "unix:run/bridge.sock"}', 'bridgeAddress: '),
    ('{"adminAddress": "tcp:1234"}', 'adminAddress: address "tcp:1234" does not begin with '),
    (json.dumps({"bridgeAddress": ABSOLUTE, "adminAddress": ABSOLUTE}),
     'adminAddress: must not be the same as bridgeAddress'),
    ('{"remote": {"address": "node:7443", "certificateFile": "a", "keyFile": "b", "trustFile": "c"}}', 'remote.address: '),
    ('{"remote": {"keyFile": "b", "trustFile": "c"}}', 'remote.certificateFile: is required'),
    ('{"remote": {"certificateFile": "no_such.crt", "keyFile": "b", "trustFile": "c"}}', 'remote.certificateFile: '),
]

RIGHT = [
    '{}',
    b'\xef\xbb\xbf{"logLevel": "debug"}',
    '\r\n{\r\n\t"logLevel": null, "limits": {"max_sessions": 3}}\r\n',
    '{"limits": {"maxSessions": 1e2}}',
    '{"faults": {"allowed": true, "armed": [{"point": "recover.load", "action": "CRASH_BEFORE", "after": "7"}]}}',
    json.dumps({"bridgeAddress": ABSOLUTE, "dataDirectory": "data", "logging": {"format": "json", "maxFiles": 3}}),
]


class CheckConfig(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rb-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.file = self.folder / "broker.json"

    def check(self, file=None, **options):
        return run(program("resource_broker") + ["check-config", "--config", os_path(file or self.file)], **options)

    def write(self, content):
        self.file.write_bytes(content if isinstance(content, bytes) else content.encode())

    def test_EachKindOfMistake_IsNamedWithFilePlaceAndReason(self):
        for content, said in MISTAKES:
            with self.subTest(content[:100]):
                self.write(content)
                result = self.check()
                self.assertEqual(result.returncode, WRONG, result.stdout)
                self.assertIn(f"{os_path(self.file)}: {said}", result.stderr)

    def test_CertificateFileThatIsNotThere_IsNamedWithItsPath(self):
        self.write('{"remote": {"certificateFile": "no_such.crt", "keyFile": "b", "trustFile": "c"}}')
        self.assertIn("no_such.crt", self.check().stderr)

    def test_WhatIsRight_IsTaken(self):
        for content in RIGHT:
            with self.subTest(content):
                self.write(content)
                result = self.check()
                self.assertEqual((result.returncode, result.stderr), (OK, ""), result.stdout)

    def test_FolderOrNothingAtThatPath_IsSaidSo(self):
        result = self.check(self.folder)
        self.assertEqual(result.returncode, WRONG)
        self.assertIn(f"{os_path(self.folder)}: is a folder", result.stderr)
        missing = self.folder / "missing.json"
        result = self.check(missing)
        self.assertEqual(result.returncode, WRONG)
        self.assertIn(f"{os_path(missing)}: ", result.stderr)

    def test_FileThatMayNotBeRead_IsSaidSo(self):
        if WINDOWS:
            self.skipTest("Wine reads what it may not")
        self.write("{}")
        self.folder.chmod(0o755)
        self.file.chmod(0)
        # Root reads everything.
        result = self.check(**({"user": "nobody"} if os.geteuid() == 0 else {}))
        self.assertEqual(result.returncode, WRONG)
        self.assertIn(f"{self.file}: can't be read", result.stderr)


if __name__ == "__main__":
    unittest.main()
