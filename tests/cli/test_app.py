import json
import logging
import re
import subprocess
import sys

import pytest
from typer.main import get_command

from collector import __version__
from collector.cli.main import app

COMMANDS = get_command(app).commands


def test_the_version(keyreach):
    assert keyreach("--version").stdout.strip() == f"keyreach {__version__}"


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_every_command_has_help_with_an_example_that_names_it(keyreach, command):
    result = keyreach(command, "--help")
    assert result.exit_code == 0
    assert re.search(rf"Example: keyreach {command}\b", result.stdout)


def test_help_tells_every_exit_code(keyreach):
    text = " ".join(keyreach("--help").stdout.split())
    for code in ("0 done", "1 it broke", "2 wrong usage", "3 check", "4 done, but", "130 interrupted"):
        assert code in text


def test_python_dash_m_is_the_same_command(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "collector", "--version"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
    )
    assert result.stdout == f"keyreach {__version__}\n"


def test_help_loads_neither_boto3_nor_duckdb(tmp_path):
    code = (
        "import sys; from collector.cli.main import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'boto3', 'botocore', 'duckdb', 'sqlalchemy', 'moto'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert result.stderr.strip() == "[]"


def test_an_unknown_command_or_option_is_wrong_usage(keyreach):
    for arguments in (("nosuch",), ("check", "--nosuch"), ("--log-level", "loud", "check")):
        result = keyreach(*arguments)
        assert result.exit_code == 2 and result.stdout == ""


def test_a_reader_that_goes_away_is_no_error(complete):
    command = (
        f"{sys.executable} -m collector --db {complete} export --help | head -1; exit ${{PIPESTATUS[0]}}"
    )
    assert subprocess.run(["bash", "-c", command], capture_output=True, check=False).returncode in (0, 141)
    command = (
        f"{sys.executable} -m collector --db {complete} sql 'from range(1000000)' --format csv | head -1;"
        " exit ${PIPESTATUS[0]}"
    )
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert result.returncode == 0 and "Traceback" not in result.stderr


def test_messages_can_be_json(keyreach, capsys):
    keyreach("--log-format", "json", "queries", "--show", "kms-key-cost")
    logging.getLogger("collector.test").warning("%s is %d", "x", 1, extra={"fields": {"n": 1}})
    entry = json.loads(capsys.readouterr().err)
    assert (entry["level"], entry["message"], entry["n"]) == ("warning", "x is 1", 1)


def test_nothing_in_a_message_or_an_error_steers_the_terminal(keyreach, complete, capsys):
    keyreach("queries", "--show", "kms-key-cost")
    logging.getLogger("collector.test").warning("%s", "\x1b]0;title\x07 and\nmore")
    assert capsys.readouterr().err == "\\x1b]0;title\\x07 and\\nmore\n"
    result = keyreach("--db", complete, "sql", "select error('\x1b[2J')")
    assert result.exit_code == 1 and "\x1b" not in result.stderr and "\\x1b[2J" in result.stderr


def test_quiet_and_verbose_set_the_level(keyreach):
    for flags, level in (
        (("-q",), "WARNING"),
        (("-v",), "DEBUG"),
        ((), "INFO"),
        (("--log-level", "error"), "ERROR"),
    ):
        keyreach(*flags, "queries", "--show", "kms-key-cost")
        assert logging.getLevelName(logging.getLogger("collector").level) == level
