"""How many requests the policy engine decides a second, and how long `keyreach simulate` takes over a stream.

Invents an organization and a stream of different requests: objects and keys, within an account and across,
under service and resource control policies, some under permissions boundaries, keys with grants, and every
second request under policies with conditions. Prints one line per measure: what one process decides a
second (the median of several rounds; policies are parsed before, no decision is kept), and the CPU time of
a decision. The same stream then goes through the command, as lines in a pipe.

    python bench/policy.py --requests 20000 --lines 100000
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from collector.policy.context import Context
from collector.policy.decision import decide
from collector.policy.document import Document, parse
from collector.policy.evaluate import Policies, Request
from collector.policy.grammar import Where
from collector.policy.grants import grant
from collector.policy.principal import principal

REGION, ORG = "eu-west-1", "o-exampleorgid"
ACCOUNTS = [f"{number:012d}" for number in range(100000000001, 100000000021)]
ROLES = [f"{team}-{use}" for team in ("red", "blue", "green") for use in ("read", "write", "deploy", "audit")]
READ, WRITE = "s3:GetObject", "s3:PutObject"
CRYPTO = ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"]
CAREFUL = {
    "Bool": {"aws:SecureTransport": "true"},
    "StringEquals": {"aws:PrincipalOrgID": ORG},
    "StringLike": {"aws:PrincipalTag/team": ["${aws:ResourceTag/team}", "red", "blue-*"]},
}
MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy as JSON."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(effect: str, actions: Any, resources: Any = "*", **more: Any) -> dict[str, Any]:
    """One statement as JSON."""
    return {"Effect": effect, "Action": actions, "Resource": resources, **more}


def identity(account: str, role: str, conditional: bool) -> list[dict[str, Any]]:
    """A role's own policies: of its team's buckets and keys, and what all roles have."""
    team, use = role.split("-")
    actions = ["s3:Get*", "s3:List*"] if use in ("read", "audit") else ["s3:*"]
    bucket = f"arn:aws:s3:::{team}-*"
    more, mfa = ({"Condition": CAREFUL}, {"Condition": MFA}) if conditional else ({}, {})
    own = document(
        statement("Allow", actions, [bucket, bucket + "/*"], Sid="Buckets", **more),
        statement("Allow", CRYPTO, f"arn:aws:kms:{REGION}:*:key/*", Sid="Keys", **more),
        statement("Allow", ["logs:PutLogEvents", "logs:CreateLogStream"], Sid="Logs"),
        statement("Deny", "s3:DeleteBucket" if not conditional else [WRITE, CRYPTO[1]], Sid="No", **mfa),
    )
    own["Id"] = f"{account}/{role}"
    everybody = document(
        statement("Allow", ["ec2:Describe*", "iam:Get*", "s3:ListAllMyBuckets"], Sid="Look"),
        statement("Deny", "*", "arn:aws:s3:::*/secret/*", Sid="Secret"),
    )
    return [own, everybody]


def scps(account: str, conditional: bool) -> list[list[dict[str, Any]]]:
    """The levels above an account: root, unit and account."""
    everything = document(statement("Allow", "*"))
    regions = {"StringNotEquals": {"aws:RequestedRegion": [REGION, "eu-central-1"]}}
    careful = {"Condition": regions} if conditional else {}
    fence = document(
        statement("Deny", ["organizations:LeaveOrganization", "account:*"], Sid="Stay"),
        statement("Deny", ["s3:*", "kms:*"] if conditional else "rds:*", Sid="Regions", **careful),
    )
    closed = document(statement("Allow", "*" if account[-1] != "7" else ["s3:*", "sts:*"]))
    return [[everything], [everything, fence], [closed]]


def rcps(conditional: bool) -> list[list[dict[str, Any]]]:
    """The levels above a resource's account."""
    everything = document({**statement("Allow", "*"), "Principal": "*"})
    outsiders = {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORG},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    fence = document(
        {**statement("Deny", ["s3:*", "kms:*"]), "Principal": "*", "Condition": outsiders},
        {**statement("Deny", ["s3:*"]), "Principal": "*", "Condition": plain},
    )
    return [[everything], [everything, *([fence] if conditional else [])]]


def bucket_policy(bucket: str, owner: str, others: list[str], conditional: bool) -> dict[str, Any]:
    """A bucket's policy: its account, some roles of others, and TLS only."""
    whom = [f"arn:aws:iam::{each}:role/{role}" for each in others for role in ROLES[:2]]
    objects = f"arn:aws:s3:::{bucket}/*"
    org = {"Condition": {"StringEquals": {"aws:PrincipalOrgID": ORG}}} if conditional else {}
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    return document(
        {**statement("Allow", "s3:*", objects), "Principal": {"AWS": f"arn:aws:iam::{owner}:root"}},
        {**statement("Allow", [READ, WRITE], objects), "Principal": {"AWS": whom}, **org},
        {**statement("Deny", "s3:*", objects), "Principal": "*", "Condition": insecure},
    )


def key_policy(owner: str, others: list[str], conditional: bool) -> dict[str, Any]:
    """A key's policy: its account, its administrators, and users through S3."""
    whom = [f"arn:aws:iam::{each}:root" for each in others]
    through = {"Condition": {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}}
    named = [f"arn:aws:iam::{owner}:root", f"arn:aws:iam::{owner}:user/admin"]
    return document(
        {**statement("Allow", "kms:*"), "Principal": {"AWS": named[0]}},
        {**statement("Allow", ["kms:Create*", "kms:Put*"]), "Principal": {"AWS": named[1]}},
        {**statement("Allow", CRYPTO), "Principal": {"AWS": whom}, **(through if conditional else {})},
    )


def grants(account: str, number: int) -> list[dict[str, Any]]:
    """What is granted on a key."""
    role = f"arn:aws:iam::{account}:role/{ROLES[number % len(ROLES)]}"
    only = {"EncryptionContextSubset": {"team": "red"}} if number % 2 else {}
    return [
        {"GrantId": "g1", "GranteePrincipal": role, "Operations": ["Decrypt"], "Constraints": only},
        {"GrantId": "g2", "GranteePrincipal": "rds.amazonaws.com", "Operations": ["Decrypt"]},
    ]


def stream() -> Iterator[dict[str, Any]]:
    """Requests without end, the same ones every time; each differs from all before."""
    random = Random(0)
    for number in count():
        conditional, crosses, key = number % 2 == 1, number % 4 >= 2, number % 3 == 0
        account = random.choice(ACCOUNTS)
        owner = random.choice([each for each in ACCOUNTS if each != account]) if crosses else account
        role, team = random.choice(ROLES), random.choice(("red", "blue", "green"))
        item = random.randrange(50)
        near = ACCOUNTS.index(owner)
        others = [ACCOUNTS[(near + step) % len(ACCOUNTS)] for step in range(1, 13)]
        found: dict[str, Any] = {
            "id": number,
            "principal": f"arn:aws:iam::{account}:role/{role}",
            "resource_account": owner,
            "identity_policies": identity(account, role, conditional),
            "scps": scps(account, conditional),
            "rcps": rcps(conditional),
            "context": {
                "aws:PrincipalArn": f"arn:aws:iam::{account}:role/{role}",
                "aws:PrincipalAccount": account,
                "aws:PrincipalOrgID": ORG,
                "aws:PrincipalTag/team": role.split("-")[0],
                "aws:ResourceTag/team": team,
                "aws:ResourceAccount": owner,
                "aws:RequestedRegion": REGION,
                "aws:SecureTransport": number % 50 != 0,
                "aws:PrincipalIsAWSService": False,
            },
        }
        if key:
            found["action"] = random.choice(CRYPTO)
            found["resource"] = f"arn:aws:kms:{REGION}:{owner}:key/{item:08d}-{number}"
            found["resource_policy"] = key_policy(owner, others, conditional)
            found["context"]["kms:ViaService"] = f"s3.{REGION}.amazonaws.com"
            found["context"]["kms:EncryptionContext:team"] = team
            found["grants"] = grants(account, item)
        else:
            bucket = f"{team}-{owner}-{item}"
            found["action"] = random.choice((READ, READ, WRITE))
            place = random.choice(("in", "out", "secret"))
            found["resource"] = f"arn:aws:s3:::{bucket}/{place}/{number}"
            found["resource_policy"] = bucket_policy(bucket, owner, others, conditional)
        if random.random() < 0.3:
            found["permissions_boundary"] = document(statement("Allow", ["s3:*", "kms:*"]))
        if conditional:
            found["unknown_context"] = ["aws:SourceIp", *(["aws:MultiFactorAuthPresent"] if crosses else [])]
        yield found


class Prepared:
    """Policies by their text: equal ones are parsed once, as `keyreach simulate` does."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.documents: dict[tuple[str, Where], Document] = {}

    def document(self, raw: dict[str, Any], where: Where) -> Document:
        """A policy, ready."""
        place = (json.dumps(raw), where)
        if place not in self.documents:
            self.documents[place] = parse(raw, where)
            assert not self.documents[place].problems, self.documents[place].problems
        return self.documents[place]

    def policies(self, raw: dict[str, Any]) -> Policies:
        """All that bear on a request."""
        boundary, given = raw.get("permissions_boundary"), raw.get("grants")
        levels = {
            name: tuple(tuple(self.document(each, where) for each in level) for level in raw[name])
            for name, where in (("scps", Where.SCP), ("rcps", Where.RCP))
        }
        return Policies(
            identity=tuple(self.document(each, Where.IDENTITY) for each in raw["identity_policies"]),
            boundary=None if boundary is None else self.document(boundary, Where.IDENTITY),
            resource=(self.document(raw["resource_policy"], Where.RESOURCE),),
            grants=None if given is None else tuple(map(grant, given)),
            **levels,
        )


def request(raw: dict[str, Any]) -> Request:
    """What is asked, ready to be decided."""
    context = Context.of(raw["context"], raw.get("unknown_context", ()))
    who, action = principal(raw["principal"]), raw["action"].lower()
    return Request(who, action, raw["resource"], raw["resource_account"], context)


def told(step: str, number: int, rounds: int, work: Callable[[], object]) -> None:
    """Print what the median round of some work took."""
    taken = []
    for _ in range(rounds):
        began, cpu = time.perf_counter(), time.process_time()
        work()
        taken.append((time.perf_counter() - began, time.process_time() - cpu))
    seconds, cpu = (median(column) for column in zip(*taken, strict=True))
    print(
        f"{step:<30} {seconds:8.2f} s {number / seconds:12,.0f} /s {cpu / number * 1e6:8.1f} us of CPU each"
    )


def simulated(lines: int) -> None:
    """Print what the command takes over a stream in a pipe."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "requests.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(raw) + "\n" for raw in islice(stream(), lines))
        began = time.perf_counter()
        with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as piped:
            command = [sys.executable, "-m", "collector", "simulate", "-"]
            result = subprocess.run(command, stdin=piped.stdout, stdout=subprocess.PIPE, check=True)
        seconds = time.perf_counter() - began
        size = path.stat().st_size / 1e6
    assert result.stdout.count(b"\n") == lines
    print(
        f"{'keyreach simulate':<30} {seconds:8.2f} s {lines / seconds:12,.0f} /s {size:8.0f} MB of requests"
    )


def main() -> None:
    """Measure one after the other."""
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("--requests", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lines", type=int, default=100000, help="requests for the command; 0 leaves it out")
    parser.add_argument("--profile", action="store_true", help="tell where the time goes")
    arguments = parser.parse_args()
    number, rounds = arguments.requests, arguments.rounds
    raws = list(islice(stream(), number))
    assert len({json.dumps({**raw, "id": None}) for raw in raws}) == number
    prepared = Prepared()
    ready = [(request(raw), prepared.policies(raw)) for raw in raws]
    outcomes = dict(Counter(decide(*each).outcome.value for each in ready).most_common())
    print(f"{number:,} requests, {len(prepared.documents):,} policies: {outcomes}")
    told("decide", number, rounds, lambda: [decide(*each).outcome for each in ready])
    both = list(zip(raws, (policies for _, policies in ready), strict=True))
    told(
        "request and decide",
        number,
        rounds,
        lambda: [decide(request(raw), each).outcome for raw, each in both],
    )
    if arguments.profile:
        with cProfile.Profile() as profile:
            for each in ready:
                decide(*each)
        pstats.Stats(profile).sort_stats("tottime").print_stats(20)
    if arguments.lines:
        simulated(arguments.lines)


if __name__ == "__main__":
    main()
