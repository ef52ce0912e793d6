"""Events as EventBridge delivers them, made after AWS's documentation."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

ACCOUNT = "111122223333"


def event(
    name: str, source: str = "kms", account: str = ACCOUNT, region: str = "us-east-1", **detail: Any
) -> str:
    """The body of a message about an API call.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
    """
    at = detail.pop("at", datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps(
        {
            "version": "0",
            "id": "36eb8523-97d0-4518-b33d-ee3579ff19f0",
            "detail-type": "AWS API Call via CloudTrail",
            "source": f"aws.{source}",
            "account": account,
            "time": at,
            "region": region,
            "resources": [],
            "detail": {
                "eventVersion": "1.08",
                "userIdentity": {"type": "IAMUser", "accountId": account},
                "eventTime": at,
                "eventSource": f"{source}.amazonaws.com",
                "eventName": name,
                "awsRegion": region,
                "sourceIPAddress": "192.0.2.0",
                "userAgent": "aws-cli/2",
                "requestParameters": None,
                "responseElements": None,
                "readOnly": False,
                "eventType": "AwsApiCall",
                "managementEvent": True,
                "recipientAccountId": account,
                "eventCategory": "Management",
                **detail,
            },
        }
    )


def by_sns(body: str) -> str:
    """The same, as SNS puts it into a queue without raw delivery.

    https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
    """
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": "arn:aws:sns:us-east-1:111122223333:changes",
            "Message": body,
            "Timestamp": "2026-05-02T00:54:06.655Z",
            "SignatureVersion": "1",
        }
    )
