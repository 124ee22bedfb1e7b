"""Builds the MSI: wixl from resource_broker.wxs, and what wixl has no words for by msitools' library.

build_msi.py --stage DIR --version X.Y.Z --output FILE.msi

The same sources and SOURCE_DATE_EPOCH make the same file, byte for byte.
"""

import argparse
import hashlib
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import uuid

import gi

gi.require_version("Libmsi", "1.0")
from gi.repository import Libmsi  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
# What makes all versions one product. Never changes.
UPGRADE_CODE = uuid.UUID("7b1c1b0e-6c5f-4b0a-9c59-0b6a5b6c7a00")
# Every version of a module that any MSI has installed. They stay when the product is upgraded, because one of them may
# be the active one, and go with the product.
MODULES = {"generic_process": ["1.0.0"], "generic_script": ["1.0.0"], "generic_service": ["1.0.0"]}
SERVICE = "ResourceBroker"

SOURCES = ["resource_broker.wxs", "broker.json", "build_msi.py"]

PERMANENT = 0x10
NEVER_OVERWRITE = 0x80
COMMIT_ACTION = 0x200
ROLLBACK_ACTION = 0x100
ON_REMOVAL = 2



def service_sid(name):
    """As the service manager makes it of a service's name."""
    digest = hashlib.sha1(name.upper().encode("utf-16-le")).digest()
    return "S-1-5-80-" + "-".join(str(part) for part in struct.unpack("<5I", digest))


# What `install` and `configure-service` give it as well, here before there is a file in it.
DATA_RIGHTS = f"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;{service_sid(SERVICE)})"

TABLES = [
    "CREATE TABLE `Environment` (`Environment` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL LOCALIZABLE, "
    "`Value` CHAR(255) LOCALIZABLE, `Component_` CHAR(72) NOT NULL PRIMARY KEY `Environment`)",
    "CREATE TABLE `MsiLockPermissionsEx` (`MsiLockPermissionsEx` CHAR(72) NOT NULL, `LockObject` CHAR(72) NOT NULL, "
    "`Table` CHAR(32) NOT NULL, `SDDLText` CHAR(0) NOT NULL, `Condition` CHAR(255) PRIMARY KEY `MsiLockPermissionsEx`)",
]
ROWS = [
    # Of the whole machine (*), appended, and removed with the component.
    ("Environment", {"Environment": "Path", "Name": "=-*PATH", "Value": "[~];[VersionFolder]", "Component_": "Brokerctl"}),
    ("MsiLockPermissionsEx", {"MsiLockPermissionsEx": "DataFolder", "LockObject": "DataFolder", "Table": "CreateFolder",
                              "SDDLText": DATA_RIGHTS}),
    # Those who are no administrators themselves may have msiexec run by one who is: these go over to its service.
    ("Property", {"Property": "SecureCustomProperties",
                  "Value": "NEWER_DETECTED;OLDER_DETECTED;ADMINPORT;OPENADMINPORT;REMOVEDATA;STARTSERVICE"}),
]
# Never removed by the installer itself, and not written where the file is there already.
KEPT = {"Configuration": PERMANENT | NEVER_OVERWRITE, "GenericProcess": PERMANENT | NEVER_OVERWRITE,
        "GenericScript": PERMANENT | NEVER_OVERWRITE, "GenericService": PERMANENT | NEVER_OVERWRITE}


def parse_version(text):
    match = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", text)
    if not match or int(match[1]) > 255 or int(match[2]) > 255 or int(match[3]) > 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is not X.Y.Z with X and Y up to 255 and Z up to 65535")
    return text


def module_versions(stage):
    """The version of each built-in module in the staged tree, which must be one that a removal knows."""
    versions = {}
    for name, known in MODULES.items():
        manifests = list((stage / "modules" / name).glob("*/manifest.json"))
        if len(manifests) != 1:
            raise SystemExit(f"build_msi.py: {stage}/modules/{name} must hold one version, not {len(manifests)}")
        versions[name] = json.loads(manifests[0].read_text())["version"]
        if versions[name] not in known:
            raise SystemExit(f"build_msi.py: add version {versions[name]} of {name} to MODULES")
    return versions


def gather(stage, target, when):
    """What wixl reads, in one folder, the files with the time they are to have in the cabinet."""
    shutil.copytree(stage, target, ignore=shutil.ignore_patterns("test_*", "example_modules"))
    for name in SOURCES:
        shutil.copy(HERE / name, target)
    for path in target.rglob("*"):
        os.utime(path, (when, when))


def digest(folder, version):
    """Of everything the MSI is made of."""
    digests = [f"{path.relative_to(folder)} {hashlib.sha256(path.read_bytes()).hexdigest()}"
               for path in sorted(folder.rglob("*")) if path.is_file()]
    return "\n".join([version, *digests])


def run_wixl(stage, version, output):
    variables = {"Version": version, "UpgradeCode": str(UPGRADE_CODE).upper(),
                 "ProductCode": str(uuid.uuid5(UPGRADE_CODE, version)).upper(), **module_versions(stage)}
    defines = [word for name, value in variables.items() for word in ("-D", f"{name}={value}")]
    # Sources are found below the current folder only, and a cabinet has local times.
    subprocess.run(["wixl", "-a", "x64", *defines, "-o", output, "resource_broker.wxs"], check=True, cwd=stage,
                   env={**os.environ, "TZ": "UTC"})


def execute(database, sql, values=()):
    query = Libmsi.Query.new(database, sql)
    record = None
    if values:
        record = Libmsi.Record.new(len(values))
        for i, value in enumerate(values, 1):
            set_value = record.set_int if isinstance(value, int) else record.set_string
            set_value(i, value)
    query.execute(record)
    query.close()


def insert(database, table, row):
    columns = ", ".join(f"`{column}`" for column in row)
    execute(database, f"INSERT INTO `{table}` ({columns}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


def read_int(database, sql):
    query = Libmsi.Query.new(database, sql)
    query.execute(None)
    value = query.fetch().get_int(1)
    query.close()
    return value


def add_flags(database, table, key, name, column, flags):
    where = f"WHERE `{key}` = '{name}'"
    value = read_int(database, f"SELECT `{column}` FROM `{table}` {where}") | flags
    execute(database, f"UPDATE `{table}` SET `{column}` = {value} {where}")


def add_module_removal(database):
    """Files, then the folder of the version, then that of the module if it is empty."""
    for name, versions in MODULES.items():
        for version in versions:
            directory = f"{name}_{version}"
            # A second name of the folder that is installed, or the only one of an earlier version.
            insert(database, "Directory", {"Directory": directory, "Directory_Parent": name, "DefaultDir": version})
            for file in (f"{name}.exe", "manifest.json"):
                remove_on_removal(database, f"a_{directory}_{file}", directory, file)
            remove_on_removal(database, f"b_{directory}", directory, None)
        remove_on_removal(database, f"c_{name}", name, None)


def remove_on_removal(database, key, directory, file_name):
    row = {"FileKey": key, "Component_": "Modules", "DirProperty": directory, "InstallMode": ON_REMOVAL}
    insert(database, "RemoveFile", {**row, "FileName": file_name} if file_name else row)


def complete(path, version, package_code, when):
    """Adds what wixl leaves out, and takes out what differs between two runs of it."""
    database = Libmsi.Database.new(str(path), Libmsi.DbFlags.TRANSACT, None)
    for sql in TABLES:
        execute(database, sql)
    execute(database, "DELETE FROM `Property` WHERE `Property` = 'SecureCustomProperties'")
    for table, row in ROWS:
        insert(database, table, row)
    for component, flags in KEPT.items():
        add_flags(database, "Component", "Component", component, "Attributes", flags)
    add_flags(database, "CustomAction", "Action", "RemoveData", "Type", COMMIT_ACTION)
    add_flags(database, "CustomAction", "Action", "UndoInstallService", "Type", ROLLBACK_ACTION)
    add_module_removal(database)
    summary = Libmsi.SummaryInfo.new(database, 20)
    filetime = (when + 11644473600) * 10_000_000
    summary.set_filetime(Libmsi.Property.CREATED_TM, filetime)
    summary.set_filetime(Libmsi.Property.LASTSAVED_TM, filetime)
    summary.set_string(Libmsi.Property.TITLE, f"Resource Broker {version}")
    # The package's own code: another for whatever else is in it.
    summary.set_string(Libmsi.Property.UUID, "{" + str(package_code).upper() + "}")
    summary.persist()
    database.commit()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stage", type=pathlib.Path, required=True, help="build/windows/stage, or one laid out like it")
    parser.add_argument("--version", type=parse_version, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    options = parser.parse_args()
    when = int(os.environ["SOURCE_DATE_EPOCH"])
    with tempfile.TemporaryDirectory() as folder:
        stage = pathlib.Path(folder) / "stage"
        gather(options.stage, stage, when)
        msi = pathlib.Path(folder) / "resource_broker.msi"
        run_wixl(stage, options.version, msi)
        complete(msi, options.version, uuid.uuid5(UPGRADE_CODE, digest(stage, options.version)), when)
        shutil.copyfile(msi, options.output)


if __name__ == "__main__":
    main()
