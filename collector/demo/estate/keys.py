"""The keys: every type of the article's table, and every state that a key can be found in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from collector.demo.estate.documents import KEY_USE, Statement, allow, document, iam_decides, role, root
from collector.demo.estate.members import ETL, NOTEBOOK, REPORTER
from collector.demo.estate.organization import ANALYTICS, AUDIT, COMPUTE, DATA, LOG_VENDOR, OLD_SHOP
from collector.demo.server import HOME_REGION, FakeAws

SECOND_REGION = "eu-west-1"


def build(aws: FakeAws) -> dict[str, str]:
    """Create them; name -> ARN."""
    keys = _data_keys(aws)
    keys.update(_imported_keys(aws))
    keys.update(_hsm_key(aws))
    keys.update(_replicated_keys(aws))
    keys.update(_other_accounts(aws))
    for account_id in (DATA, COMPUTE):
        answer = aws.client("kms", account_id).describe_key(KeyId="alias/aws/s3")
        keys[f"aws/s3 of {account_id}"] = answer["KeyMetadata"]["Arn"]
    return keys


def _data_keys(aws: FakeAws) -> dict[str, str]:
    kms = aws.client("kms", DATA)
    use = allow("UseByEtl", KEY_USE, "*", to=ETL)
    read = allow("ReadByNotebook", ["kms:Decrypt", "kms:DescribeKey"], "*", to=NOTEBOOK)
    shop = allow("UseByShop", KEY_USE, "*", to=root(OLD_SHOP))
    keys = {
        "lake": _key(kms, DATA, "lake", use, read),
        "events": _key(kms, DATA, "events"),
        "exports": _key(kms, DATA, "exports", shop),
        "quarantine": _key(kms, DATA, "quarantine"),
        "retired": _key(kms, DATA, "retired"),
        "forgotten": _key(kms, DATA, "forgotten", alias=False),
        "signing": _key(kms, DATA, "signing", KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY"),
        "tokens": _key(kms, DATA, "tokens", KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC"),
    }
    kms.enable_key_rotation(KeyId=keys["lake"])
    kms.rotate_key_on_demand(KeyId=keys["lake"])
    kms.enable_key_rotation(KeyId=keys["quarantine"], RotationPeriodInDays=730)
    kms.enable_key_rotation(KeyId=keys["exports"])
    kms.disable_key(KeyId=_id(keys["quarantine"]))
    kms.schedule_key_deletion(KeyId=_id(keys["exports"]), PendingWindowInDays=14)
    kms.schedule_key_deletion(KeyId=_id(keys["retired"]), PendingWindowInDays=30)
    return keys


def _imported_keys(aws: FakeAws) -> dict[str, str]:
    """Brought from outside: one whose material soon expires, one whose material is gone."""
    kms = aws.client("kms", DATA)
    read = allow("ReadByEtl", ["kms:Decrypt", "kms:DescribeKey"], "*", to=ETL)
    keys = {
        "partner": _key(kms, DATA, "partner", read, Origin="EXTERNAL"),
        "returns": _key(kms, DATA, "returns", Origin="EXTERNAL"),
    }
    next_week = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=5)
    material: dict[str, Any] = {"ImportToken": b"token", "EncryptedKeyMaterial": b"material"}
    kms.import_key_material(
        KeyId=keys["partner"], ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=next_week, **material
    )
    kms.import_key_material(KeyId=keys["returns"], ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE", **material)
    kms.delete_imported_key_material(KeyId=keys["returns"])
    return keys


def _hsm_key(aws: FakeAws) -> dict[str, str]:
    """In a custom key store that has lost its connection."""
    kms = aws.client("kms", DATA)
    store_id = kms.create_custom_key_store(
        CustomKeyStoreName="archive-hsm",
        CloudHsmClusterId="cluster-1a23b4cdefg",
        TrustAnchorCertificate="-----BEGIN CERTIFICATE-----\ndemo\n-----END CERTIFICATE-----",
        KeyStorePassword="kmsPswd",
    )["CustomKeyStoreId"]
    kms.connect_custom_key_store(CustomKeyStoreId=store_id)
    key = _key(kms, DATA, "archive", Origin="AWS_CLOUDHSM", CustomKeyStoreId=store_id)
    kms.disconnect_custom_key_store(CustomKeyStoreId=store_id)
    return {"archive": key}


def _replicated_keys(aws: FakeAws) -> dict[str, str]:
    primary = _key(aws.client("kms", DATA), DATA, "worldwide", MultiRegion=True)
    aws.client("kms", DATA).enable_key_rotation(KeyId=primary)
    aws.client("kms", DATA).replicate_key(KeyId=primary, ReplicaRegion=SECOND_REGION)
    replica = primary.replace(HOME_REGION, SECOND_REGION)
    aws.client("kms", DATA, SECOND_REGION).create_alias(AliasName="alias/worldwide", TargetKeyId=replica)
    return {"worldwide": primary, "worldwide in the second region": replica}


def _other_accounts(aws: FakeAws) -> dict[str, str]:
    audit, compute = aws.client("kms", AUDIT), aws.client("kms", COMPUTE)
    trail = allow("EncryptByTrail", "kms:GenerateDataKey*", "*", to={"Service": "cloudtrail.amazonaws.com"})
    vendor = allow("ReadByVendor", ["kms:Decrypt", "kms:DescribeKey"], "*", to=root(LOG_VENDOR))
    reporter = allow("ReadByReporter", "kms:Decrypt", "*", to=REPORTER)
    weak = {"StringEquals": {"kms:ViaService": f"s3.{HOME_REGION}.amazonaws.com"}}
    anyone = allow("AnyoneThroughS3", KEY_USE, "*", to="*", when=weak)
    keys = {
        "logs": _key(audit, AUDIT, "logs", trail, vendor),
        "forensics": _locked_key(audit),
        "ledger": _key(audit, AUDIT, "ledger"),
        "artifacts": _key(compute, COMPUTE, "artifacts", reporter),
        "search": _key(aws.client("kms", ANALYTICS), ANALYTICS, "search", anyone),
    }
    for name in ("logs", "ledger"):
        audit.enable_key_rotation(KeyId=keys[name])
    compute.enable_key_rotation(KeyId=keys["artifacts"])
    return keys


def _locked_key(kms: Any) -> str:
    """Its policy names one role only: not even the account's own readers can look at it."""
    policy = document(allow("OnlyForensics", "kms:*", "*", to=role(AUDIT, "forensics-admin")))
    return _create(kms, "forensics", policy, alias=True)


def _key(
    kms: Any, account_id: str, name: str, *statements: Statement, alias: bool = True, **rest: Any
) -> str:
    return _create(kms, name, document(iam_decides(account_id), *statements), alias=alias, **rest)


def _create(kms: Any, name: str, policy: str, alias: bool, **rest: Any) -> str:
    tags = [{"TagKey": "name", "TagValue": name}]
    answer = kms.create_key(Description=f"Acme {name}", Policy=policy, Tags=tags, **rest)
    arn: str = answer["KeyMetadata"]["Arn"]
    if alias:
        kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=arn)
    return arn


def _id(arn: str) -> str:
    """moto disables and deletes by id only."""
    return arn.rpartition("/")[2]
