"""The package as it is installed: with its schema and its queries."""

import subprocess
import sys
import zipfile

from collector.paths import data_dir
from tests.test_structure import ROOT


def test_the_wheel_holds_schema_and_queries_and_no_tests(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("keyreach-*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for kind in ("schema", "queries"):
        for path in data_dir(kind).rglob("*.sql"):
            assert f"collector/_data/{kind}/{path.relative_to(data_dir(kind)).as_posix()}" in names
    assert not any(name.startswith(("tests/", "bench/", "docs/")) for name in names)
    (entry,) = [name for name in names if name.endswith("entry_points.txt")]
    assert b"keyreach = collector.cli.main:app" in zipfile.ZipFile(wheel).read(entry)


def test_an_installed_wheel_finds_its_data(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "from collector.ask.library import library; from collector.store import catalog\n"
        "print(len(library()), 'aws_kms_keys' in catalog.tables())"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.split()[1] == "True" and int(result.stdout.split()[0]) >= 25
