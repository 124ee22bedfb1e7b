"""`resource_broker doctor`, as an administrator runs it."""

import json
import unittest

from deployment import EndToEndTest, WINDOWS, os_path, program, run

OK, WARNINGS, ERRORS = 0, 6, 7


class Doctor(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.broker.install("generic_process")

    def doctor(self, *options):
        return run(program("resource_broker") + ["doctor", "--config", os_path(self.broker.config), *options], timeout=120)

    def checks(self):
        """Exit code, and name to check."""
        result = self.doctor("-o", "json")
        report = json.loads(result.stdout)
        checks = {check["name"]: check for check in report["checks"]}
        self.assertEqual(report["result"], {OK: "ok", WARNINGS: "warning", ERRORS: "error"}[result.returncode])
        return result.returncode, checks

    def errors(self):
        return [name for name, check in self.checks()[1].items() if check["result"] == "error"]

    def test_Healthy_NoErrorAndEachLineIsOneOfThree(self):
        self.broker.start()
        result = self.doctor()
        self.assertIn(result.returncode, (OK, WARNINGS), result.stdout + result.stderr)
        for line in result.stdout.splitlines():
            self.assertRegex(line, r"^(ok       |warning  |error    |         -> )")
        self.assertIn("modules.manifests: in order: generic_process 1.0.0", result.stdout)
        self.assertIn(f"ok       admin.address: process ", result.stdout)
        # Not even by being asked.
        self.assertNotIn("notices", self.broker.control_json("status"))
        self.assertEqual(self.errors(), [])

    def test_EachPlantedFault_OneErrorThatNamesTheMend(self):
        self.broker.start()
        manifest = self.broker.modules / "generic_process" / "1.0.0" / "manifest.json"
        faults = [
            ("modules.manifests", "stage the package again", lambda: manifest.write_text("{")),
        ]
        if not WINDOWS:  # Wine keeps no rights
            faults += [("data.rights", "take the right from them", lambda: (self.folder / "data").chmod(0o777))]
        found = []
        for name, mend, plant in faults:
            with self.subTest(name):
                plant()
                found.append(name)
                exit_code, checks = self.checks()
                self.assertEqual(exit_code, ERRORS)
                self.assertIn(mend, checks[name]["mend"])
                self.assertCountEqual(self.errors(), found)

    def test_NoBroker_OneErrorThatSaysHowToStartIt(self):
        exit_code, checks = self.checks()
        self.assertEqual(exit_code, ERRORS)
        self.assertEqual(self.errors(), ["admin.address"])
        self.assertIn("resource_broker start", checks["admin.address"]["mend"])

    def test_ConfigurationIsWrong_ErrorWithFileAndPlace(self):
        self.broker.config.write_text('{"limits": {"maxSesions": 1}}')
        exit_code, checks = self.checks()
        self.assertEqual(exit_code, ERRORS)
        self.assertIn("broker.json", checks["configuration"]["evidence"])
        self.assertIn("maxSesions", checks["configuration"]["evidence"])
        self.assertNotIn("journal", checks)


if __name__ == "__main__":
    unittest.main()
