"""The template as plain values, and the parts of it that keep state made by themselves, without the functions."""

from typing import Any

import yaml

from local.aws import ROOT, LocalAws

Json = dict[str, Any]

SHORT_FORMS = {"Ref": "Ref"} | {name: f"Fn::{name}" for name in ("Sub", "GetAtt", "Equals", "Not", "If", "EachMemberEquals")}


class _Loader(yaml.SafeLoader):
    """Knows CloudFormation's short forms: `!Ref X` is `{"Ref": "X"}`."""


def _short_form(loader: _Loader, tag: str, node: yaml.Node) -> Json:
    value = loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else loader.construct_sequence(node, deep=True)  # type: ignore[arg-type]
    return {SHORT_FORMS[tag]: value}


_Loader.add_multi_constructor("!", _short_form)


def template() -> Json:
    with (ROOT / "template.yaml").open() as text:
        return dict(yaml.load(text, _Loader))  # noqa: S506


def resources(kind: str) -> dict[str, Json]:
    """The properties of each resource of a kind such as AWS::SQS::Queue, by its name in the template."""
    return {name: made.get("Properties", {}) for name, made in template()["Resources"].items() if made["Type"] == kind}


def make_state(aws: LocalAws) -> dict[str, str]:
    """Makes tables, queues, bucket, bus and token key as the template defines them; returns the functions' environment."""
    tables = {name: _make_table(aws, name, definition) for name, definition in resources("AWS::DynamoDB::Table").items()}
    queues = {name: _make_queue(aws, name, definition) for name, definition in resources("AWS::SQS::Queue").items()}
    aws.client("s3").create_bucket(Bucket="mail", CreateBucketConfiguration={"LocationConstraint": aws.session().region_name})
    aws.client("events").create_event_bus(Name="desk-events")
    token_key = aws.client("secretsmanager").create_secret(Name="token-key", SecretString="the first key")["ARN"]
    return aws.environment() | {
        "SETTINGS_TABLE": tables["SettingsTable"],
        "TICKETS_TABLE": tables["TicketsTable"],
        "BUCKET": "mail",
        "POLLS_QUEUE": queues["PollsQueue"],
        "EXCHANGE_POLLS_QUEUE": queues["ExchangePollsQueue"],
        "EXCHANGE_FUNCTION": "poll-exchange",
        "INBOUND_QUEUE": queues["InboundQueue"],
        "OUTBOX_QUEUE": queues["OutboxQueue"],
        "EVENT_BUS": "desk-events",
        "SECRETS_PREFIX": "desk/",
        "TOKEN_KEY": token_key,
        "RAW_MAIL_DAYS": "365",
        "POWERTOOLS_SERVICE_NAME": "maildesk",
    }


def _make_table(aws: LocalAws, name: str, definition: Json) -> str:
    wanted = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    stream = definition.get("StreamSpecification")
    streaming = {"StreamSpecification": {"StreamEnabled": True, **stream}} if stream else {}
    aws.client("dynamodb").create_table(TableName=name, **{key: definition[key] for key in wanted}, **streaming)
    return name


def _make_queue(aws: LocalAws, name: str, definition: Json) -> str:
    """Without its dead letters: nobody fails here."""
    plain = {key: str(value).lower() if value is True else str(value) for key, value in definition.items() if not isinstance(value, dict)}
    suffix = ".fifo" if definition.get("FifoQueue") else ""
    return str(aws.client("sqs").create_queue(QueueName=name + suffix, Attributes=plain)["QueueUrl"])
