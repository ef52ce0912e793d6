"""The recipes for clusters hold together: commands exist with their options, names and ports agree."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
import typer
import yaml
from cfnlint.api import lint_all
from cfnlint.decode import decode_str
from distributed.cli import dask_scheduler, dask_worker

from collector.cli.main import app
from collector.sync.mode import Mode

pytestmark = pytest.mark.long

EXAMPLES = Path(__file__).parents[2] / "examples"
ECS = (EXAMPLES / "ecs-fargate.yaml").read_text(encoding="utf-8")
BUCKET = "acme-staging"


def parsed(command):
    """The options of a command line, read by the program itself."""
    program, *rest = command
    if program == "dask":
        group = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}[rest[0]]
        return group.make_context(rest[0], rest[1:]).params
    assert program == "keyreach"
    group = typer.main.get_command(app)
    context = group.make_context("keyreach", rest)
    name, *arguments = [*context._protected_args, *context.args]
    return group.commands[name].make_context(name, arguments, parent=context).params


@pytest.fixture(scope="module")
def ecs():
    template, problems = decode_str(ECS)
    assert not problems
    return {name: resource["Properties"] for name, resource in template["Resources"].items()}


@pytest.fixture(scope="module")
def kubernetes():
    documents = yaml.safe_load_all((EXAMPLES / "kubernetes-dask.yaml").read_text(encoding="utf-8"))
    return {(found["kind"], found["metadata"]["name"]): found["spec"] for found in documents}


def container(task):
    (only,) = task["ContainerDefinitions"]
    return only


def test_cloudformation_takes_the_template():
    found = lint_all(ECS)
    assert [str(match) for match in found if not match.rule.id.startswith("I")] == []


def test_the_tasks_of_ecs_find_each_other(ecs):
    address = f"tcp://{ecs['SchedulerName']['Name']}.{ecs['Names']['Name']}:8786"
    assert parsed(container(ecs["SchedulerTask"])["Command"])["port"] == "8786"
    worker = parsed(container(ecs["WorkerTask"])["Command"])
    assert (worker["scheduler"], worker["worker_port"]) == (address, "9000")
    command = [
        part if isinstance(part, str) else part["Fn::Sub"].replace("${StagingBucket}", BUCKET)
        for part in container(ecs["SyncTask"])["Command"]
    ]
    sync = parsed(command)
    assert sync["scheduler"] == address
    assert Mode(scheduler=sync["scheduler"], staging=sync["staging"]).staging == f"s3://{BUCKET}/production"
    ports = {ecs[name]["FromPort"] for name in ("SchedulerPort", "WorkerPort", "FilesPort")}
    assert ports == {8786, 9000, 2049}


def test_what_collects_on_ecs_has_the_external_id_and_what_does_not_has_no_role(ecs):
    for name in ("WorkerTask", "SyncTask"):
        assert [secret["Name"] for secret in container(ecs[name])["Secrets"]] == ["KEYREACH_EXTERNAL_ID"]
        assert "TaskRoleArn" in ecs[name]
    assert "TaskRoleArn" not in ecs["SchedulerTask"] and "Secrets" not in container(ecs["SchedulerTask"])


def pod(spec):
    (only,) = spec["containers"]
    return only


def test_the_pods_of_kubernetes_find_each_other(kubernetes):
    deployments = {name: spec for (kind, name), spec in kubernetes.items() if kind == "Deployment"}
    for spec in deployments.values():
        assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
    scheduler, worker = (deployments[f"keyreach-{part}"]["template"] for part in ("scheduler", "worker"))
    client = kubernetes["CronJob", "keyreach"]["jobTemplate"]["spec"]["template"]
    service = kubernetes["Service", "keyreach-scheduler"]
    assert service["selector"] == scheduler["metadata"]["labels"]
    (port,) = service["ports"]
    (exposed,) = pod(scheduler["spec"])["ports"]
    assert port["targetPort"] == exposed["name"] and port["port"] == exposed["containerPort"]
    assert parsed(pod(scheduler["spec"])["command"])["port"] == str(exposed["containerPort"])
    working = parsed(pod(worker["spec"])["command"])
    sync = parsed(pod(client["spec"])["command"])
    mode = Mode(scheduler=sync["scheduler"], staging=sync["staging"])
    assert working["scheduler"] == mode.scheduler
    address = urlsplit(mode.scheduler)
    assert ("Service", address.hostname) in kubernetes and address.port == port["port"]
    policy = kubernetes["NetworkPolicy", "keyreach"]
    let_in = {found["port"] for rule in policy["ingress"] for found in rule["ports"]}
    assert let_in == {port["port"], int(working["worker_port"])}
    for template in (scheduler, worker, client):
        assert policy["podSelector"]["matchLabels"].items() <= template["metadata"]["labels"].items()


def test_volumes_and_secrets_of_kubernetes_are_there(kubernetes):
    worker = kubernetes["Deployment", "keyreach-worker"]["template"]["spec"]
    client = kubernetes["CronJob", "keyreach"]["jobTemplate"]["spec"]["template"]["spec"]
    for spec in (worker, client):
        mounted = {mount["name"] for mount in pod(spec)["volumeMounts"]}
        assert mounted == {volume["name"] for volume in spec["volumes"]}
        assert "KEYREACH_EXTERNAL_ID" in {variable["name"] for variable in pod(spec)["env"]}
        assert spec["serviceAccountName"] == "keyreach"
