"""The README and the examples, as a reader would try them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from collector.config import parse
from collector.demo.estate import seed
from collector.demo.server import FakeAws
from collector.sync import sync

pytestmark = pytest.mark.long

ROOT = Path(__file__).parent.parent
EXIT = re.compile(r"exit (\d+)")


def commands(text):
    """Command line, the lines shown under it, and the exit code shown at the end, if it is not 0."""
    for block in re.findall(r"^```console\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for part in block.split("$ ")[1:]:
            command, *shown = part.rstrip("\n").split("\n")
            code = 0
            if shown and (found := EXIT.fullmatch(shown[-1])):
                code = int(found[1])
                shown.pop()
            yield command, shown, code


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder and an environment in which all commands of the README work."""
    path = tmp_path_factory.mktemp("readme")
    with FakeAws() as aws:
        estate = seed(aws)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "KEYREACH_"))}
        env = {**kept, **aws.environment(estate.caller_account, estate.caller_user)}
        env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"
        with aws.as_caller(estate.caller_account, estate.caller_user):
            sync(parse(estate.config), path / "keyreach-demo.duckdb", demo=True)
        (path / "keyreach.toml").write_text(estate.config)
        yield path, env, estate


def run(folder, command):
    path, env, _ = folder
    return subprocess.run(
        command,
        cwd=path,
        env=env,
        shell=isinstance(command, str),
        capture_output=True,
        text=True,
        check=False,
    )


def tried(folder, page):
    """Run every command of a page, and compare what it prints with what is shown."""
    path, _, estate = folder
    number = 0
    for command, shown, code in commands((ROOT / page).read_text()):
        result = run(folder, command)
        told = re.sub(r" +", " ", result.stdout + result.stderr)
        assert result.returncode == code, f"{command}: {told}"
        for line in filter(None, (re.sub(r" +", " ", line).strip() for line in shown)):
            pattern = re.escape(line).replace(r"\.\.\.", ".*")
            assert re.search(pattern, told), f"{command}: {line!r} is not in {told}"
        if " init " in command:
            (path / "keyreach.toml").write_text(estate.config)
        number += 1
    return number


def test_every_command_does_what_the_readme_shows(folder):
    path, _, _ = folder
    assert tried(folder, "README.md") >= 10
    assert (path / "buckets.csv").read_text().startswith("account_id,")
    assert (path / "out" / "manifest.json").exists()


def test_every_command_about_access_does_what_is_shown(folder):
    assert tried(folder, "docs/access.md") == 3


def test_example_configurations_are_valid():
    for path in sorted((ROOT / "examples").glob("*.toml")):
        assert parse(path.read_text(), str(path))


def test_the_example_job_tells_findings_from_breakage(folder):
    path, _, _ = folder
    result = run(folder, f"bash {ROOT / 'examples' / 'sync-and-check.sh'}")
    assert result.returncode == 3, result.stderr
    assert (path / "findings.json").exists() and (path / "status.json").exists()
    assert len((path / "runs.jsonl").read_text().splitlines()) == 1
    broken = run(folder, f"KEYREACH_CONFIG=absent.toml bash {ROOT / 'examples' / 'sync-and-check.sh'}")
    assert broken.returncode == 2


def test_the_children_of_the_example_array_job_collect_and_the_last_job_publishes(folder):
    path, env, estate = folder
    script = f"bash {ROOT / 'examples' / 'array-job.sh'}"
    shared = {**env, "KEYREACH_STAGING": str(path / "shared"), "KEYREACH_DB": str(path / "array.duckdb")}
    batch = {**shared, "AWS_BATCH_JOB_ARRAY_SIZE": "2"}
    for index in (0, 1):
        done = run((path, {**batch, "AWS_BATCH_JOB_ARRAY_INDEX": str(index)}, estate), script)
        assert done.returncode == 0, done.stderr
        assert f"left shard {index + 1}/2" in done.stderr
    slurm = run((path, {**shared, "SLURM_ARRAY_TASK_ID": "4", "SLURM_ARRAY_TASK_COUNT": "2"}, estate), script)
    assert slurm.returncode == 2 and "--shard 5/2" in slurm.stderr
    published = run((path, shared, estate), f"{script} publish")
    assert published.returncode == 4, published.stderr
    assert '"outcome": "incomplete"' in published.stderr and (path / "array.duckdb").exists()
    assert list((path / "shared").iterdir()) == []
    alone = run((path, env, estate), script)
    assert alone.returncode == 1 and "name the shared staging" in alone.stderr


def test_the_example_question_finds_the_shared_key(folder):
    result = run(
        folder,
        ["keyreach", "sql", "-f", str(ROOT / "examples" / "cross-account-defaults.sql"), "--format", "csv"],
    )
    assert "arn:aws:s3:::acme-notebooks" in result.stdout and ",organization,data-lake" in result.stdout


def test_every_file_of_the_examples_is_in_their_list():
    listed = (ROOT / "examples" / "README.md").read_text()
    for path in (ROOT / "examples").iterdir():
        assert path.name == "README.md" or f"[{path.name}]({path.name})" in listed


def test_the_exit_codes_are_those_of_the_command_line(folder):
    text = (ROOT / "README.md").read_text()
    assert re.findall(r"^\| (\d+) \|", text, re.MULTILINE) == ["0", "1", "2", "3", "4", "130"]
