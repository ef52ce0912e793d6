"""`keyreach simulate`, mostly as a process: what it reads, says and leaves with."""

import json
import os
import signal
import subprocess
import sys

import pytest

ACCOUNT = "111122223333"
REQUEST = {
    "id": "r1",
    "principal": f"arn:aws:iam::{ACCOUNT}:role/app",
    "action": "s3:GetObject",
    "resource": "arn:aws:s3:::data/k",
    "resource_account": ACCOUNT,
    "identity_policies": [{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}],
}
LINE = json.dumps(REQUEST) + "\n"


@pytest.fixture
def started(tmp_path):
    """Start it with pipes, with no way to AWS."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "KEYREACH_"))}
    env |= {"HOME": str(tmp_path), "https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    running = []

    def start(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "collector", "simulate", *arguments],
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        for stream in (process.stdin, process.stdout, process.stderr):
            if not stream.closed:
                stream.close()
        process.wait()


def say(process, text):
    process.stdin.write(text)
    process.stdin.flush()


def test_a_file(keyreach, tmp_path):
    (tmp_path / "requests.jsonl").write_text(LINE + "\n" + LINE, encoding="utf-8")
    result = keyreach("simulate", "requests.jsonl")
    assert result.exit_code == 0 and result.stderr == ""
    assert [json.loads(line)["decision"] for line in result.stdout.splitlines()] == ["allowed", "allowed"]


def test_stdin_with_and_without_a_dash(keyreach):
    for arguments in (("simulate",), ("simulate", "-")):
        result = keyreach(*arguments, input=LINE)
        assert (json.loads(result.stdout)["id"], result.exit_code) == ("r1", 0)


def test_nothing_in_nothing_out(keyreach):
    result = keyreach("simulate", input="\n \n")
    assert (result.stdout, result.stderr, result.exit_code) == ("", "", 0)


def test_lines_that_are_no_requests_exit_4_and_the_others_are_decided(keyreach):
    result = keyreach("simulate", input='{"id": 5}\n' + LINE + "no json\n")
    first, second, third = map(json.loads, result.stdout.splitlines())
    assert (first["id"], first["line"], second["decision"], third["line"]) == (5, 1, "allowed", 3)
    assert result.exit_code == 4 and "lines that are no requests: 2;" in result.stderr


@pytest.mark.parametrize("file", ["missing.jsonl", "."])
def test_a_file_that_cannot_be_read_exits_2(keyreach, file):
    result = keyreach("simulate", file)
    assert result.exit_code == 2 and f"cannot read {file}" in result.stderr and result.stdout == ""


def test_a_decision_comes_out_before_the_next_request_goes_in(started):
    process = started()
    for number in range(3):
        say(process, json.dumps({**REQUEST, "id": number}) + "\n")
        assert json.loads(process.stdout.readline())["id"] == number
    out, err = process.communicate(timeout=30)
    assert (out, err, process.returncode) == ("", "", 0)


def test_the_last_line_needs_no_end(started):
    out, _ = started().communicate(LINE + LINE.rstrip("\n"), timeout=30)
    assert len(out.splitlines()) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_can_be_interrupted(started, number):
    process = started()
    say(process, LINE)
    assert process.stdout.readline()
    process.send_signal(number)
    assert process.wait(timeout=30) == 130
    assert "interrupted" in process.stderr.read()


def test_a_reader_that_has_enough_ends_it(started):
    process = started()
    say(process, LINE)
    assert process.stdout.readline()
    process.stdout.close()
    say(process, LINE)
    process.stdin.close()
    assert process.wait(timeout=30) == 0
    assert process.stderr.read() == ""


def test_it_loads_nothing_that_could_call_aws():
    code = (
        "import sys; from collector.ask.simulate import simulate; "
        "sys.exit(bool({'boto3', 'botocore', 'aiohttp', 'duckdb'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
