"""What the template promises of each resource."""

import re
from pathlib import Path

import pytest
import yaml

from local.aws import ROOT
from local.template import resources, template
from maildesk.telemetry import ALARM

TABLES = resources("AWS::DynamoDB::Table")
QUEUES = resources("AWS::SQS::Queue")
FUNCTIONS = resources("AWS::Serverless::Function")
LOGS = resources("AWS::Logs::LogGroup")
GLOBALS = template()["Globals"]["Function"]
WORK = {name: queue for name, queue in QUEUES.items() if "RedrivePolicy" in queue}
SOURCE = {name: (ROOT / function["CodeUri"] / "handler.py") for name, function in FUNCTIONS.items()}


def setting(function: str, name: str):
    return FUNCTIONS[function].get(name, GLOBALS.get(name))


def events(kind: str):
    """(function, properties) of each trigger of this kind."""
    return [
        (name, event["Properties"])
        for name, function in FUNCTIONS.items()
        for event in function.get("Events", {}).values()
        if event["Type"] == kind
    ]


def target(reference) -> str:
    return reference["Fn::GetAtt"].removesuffix(".Arn")


# ---------------------------------------------------------------- state


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_paid_by_use_encrypted_and_can_be_brought_back(table):
    properties = TABLES[table]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_the_tickets_table_forgets_receipts_and_tells_its_changes():
    tickets = TABLES["TicketsTable"]
    assert tickets["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert tickets["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_the_bucket_is_encrypted_private_and_forgets_raw_mail():
    (bucket,) = resources("AWS::S3::Bucket").values()
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"]
    assert all(bucket["PublicAccessBlockConfiguration"].values()) and len(bucket["PublicAccessBlockConfiguration"]) == 4
    rules = {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert all(rule["Status"] == "Enabled" for rule in rules.values())
    assert (rules["raw-mail-expires"]["Prefix"], rules["raw-mail-expires"]["ExpirationInDays"]) == ("raw/", {"Ref": "RawMailDays"})
    (policy,) = resources("AWS::S3::BucketPolicy").values()
    statement, _ = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


@pytest.mark.parametrize("name", ["SettingsTable", "TicketsTable", "MailBucket"])
def test_what_cannot_be_made_again_outlives_the_stack(name):
    resource = template()["Resources"][name]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


# ---------------------------------------------------------------- queues


@pytest.mark.parametrize("queue", QUEUES)
def test_a_queue_is_encrypted(queue):
    assert QUEUES[queue]["SqsManagedSseEnabled"] is True


@pytest.mark.parametrize("queue", WORK)
def test_a_queue_has_dead_letters_of_the_same_kind_that_are_kept_as_long_as_can_be(queue):
    dead = QUEUES[target(WORK[queue]["RedrivePolicy"]["deadLetterTargetArn"])]
    assert dead.get("FifoQueue") == WORK[queue].get("FifoQueue")
    assert dead["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert WORK[queue]["RedrivePolicy"]["maxReceiveCount"] >= 3


@pytest.mark.parametrize(("function", "trigger"), events("SQS"))
def test_a_message_stays_hidden_six_times_as_long_as_its_function_may_run(function, trigger):
    assert QUEUES[target(trigger["Queue"])]["VisibilityTimeout"] >= 6 * setting(function, "Timeout")


def test_every_queue_is_used():
    text = (ROOT / "template.yaml").read_text()
    read = {target(trigger["Queue"]) for _, trigger in events("SQS")}
    dead = {target(queue["RedrivePolicy"]["deadLetterTargetArn"]) for queue in WORK.values()}
    failed = {target(trigger["DestinationConfig"]["OnFailure"]["Destination"]) for _, trigger in events("DynamoDB")}
    asked = [function["EventInvokeConfig"] for function in FUNCTIONS.values() if "EventInvokeConfig" in function]
    unheard = {target(one["DestinationConfig"]["OnFailure"]["Destination"]) for one in asked}
    assert read | dead | failed | unheard == set(QUEUES)
    assert all(re.search(rf"Action: sqs:SendMessage, Resource: .*\b{queue}\.Arn", text) for queue in read)


def test_fifo_queues_scale_with_their_groups():
    fifo = [queue for queue in WORK.values() if queue.get("FifoQueue")]
    assert len(fifo) == 2
    assert all((queue["DeduplicationScope"], queue["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId") for queue in fifo)


@pytest.mark.parametrize(("function", "trigger"), [one for one in events("SQS") if one[1]["BatchSize"] > 1])
def test_a_function_that_takes_several_messages_says_which_failed(function, trigger):
    assert trigger["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert "batchItemFailures" in SOURCE[function].read_text() or "process_partial_response" in SOURCE[function].read_text()


def test_the_stream_isolates_what_it_cannot_relay():
    ((_, trigger),) = events("DynamoDB")
    assert trigger["BisectBatchOnFunctionError"] is True and trigger["StartingPosition"] == "TRIM_HORIZON"
    (pattern,) = trigger["FilterCriteria"]["Filters"]
    assert yaml.safe_load(pattern["Pattern"])["dynamodb"]["NewImage"]["kind"]["S"] == ["ticket", "message", "outbox"]


def test_a_tick_that_failed_is_not_repeated_because_the_next_one_comes():
    ((function, trigger),) = events("ScheduleV2")
    assert (function, trigger["ScheduleExpression"], trigger["RetryPolicy"]["MaximumRetryAttempts"]) == (
        "SchedulePolls",
        "rate(1 minute)",
        0,
    )


# ---------------------------------------------------------------- functions


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_functions_handler_is_there_and_short(function):
    module, name = setting(function, "Handler").split(".")
    text = SOURCE[function].read_text()
    assert module == "handler" and f"def {name}(" in text and len(text.splitlines()) <= 40


def test_there_is_no_handler_without_a_function():
    assert set(ROOT.glob("functions/*/handler.py")) == {path.resolve() for path in map(Path, SOURCE.values())}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_functions_log_is_kept_as_long_as_was_asked_for(function):
    log = LOGS[FUNCTIONS[function]["LoggingConfig"]["LogGroup"]["Ref"]]
    assert log["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    assert log["LogGroupName"]["Fn::Sub"].endswith(FUNCTIONS[function]["FunctionName"]["Fn::Sub"].removeprefix("${AWS::StackName}"))


def test_every_log_belongs_to_a_function():
    assert len(LOGS) == len(FUNCTIONS)


def test_runtime_and_architecture_follow_the_parameters():
    assert (GLOBALS["Runtime"], GLOBALS["Architectures"]) == ({"Ref": "Runtime"}, [{"Ref": "Architecture"}])
    assert all("Runtime" not in function and "Architectures" not in function for function in FUNCTIONS.values())


def test_every_function_has_two_layers_and_one_that_of_exchange_too():
    assert GLOBALS["Layers"] == [{"Ref": "MaildeskLayer"}, {"Ref": "DependenciesLayer"}]
    more = {name: function["Layers"] for name, function in FUNCTIONS.items() if "Layers" in function}
    assert more == {"PollExchange": [{"Ref": "ExchangeLayer"}]}


def test_the_environment_is_what_the_code_reads():
    code = "".join(path.read_text() for path in (ROOT / "layers/maildesk").rglob("*.py"))
    read = set(re.findall(r"environ(?:\.get\(|\[)\"(\w+)\"", code)) - {
        "AWS_REGION",
        "REQUESTS_CA_BUNDLE",
    }  # AWS sets the one, whoever tests the other
    given = {name for name in GLOBALS["Environment"]["Variables"] if not name.startswith("POWERTOOLS_")}
    assert read == given


# ---------------------------------------------------------------- alarms


def test_the_alarm_listens_to_what_is_logged_and_rings_within_a_minute():
    filters = resources("AWS::Logs::MetricFilter")
    assert {one["LogGroupName"]["Ref"] for one in filters.values()} == {"PollMailboxLog", "PollExchangeLog", "SendMailLog"}
    assert {one["FilterPattern"] for one in filters.values()} == {f'{{ $.message = "{ALARM}" }}'}
    alarm = resources("AWS::CloudWatch::Alarm")["SignInAgain"]
    assert (alarm["Period"], alarm["EvaluationPeriods"], alarm["Threshold"]) == (60, 1, 1)
    assert alarm["AlarmActions"] == [{"Ref": "Alarms"}]
    metrics = [metric for one in filters.values() for metric in one["MetricTransformations"]]
    named = {(metric["MetricNamespace"]["Fn::Sub"], metric["MetricName"]) for metric in metrics}
    assert named == {(alarm["Namespace"]["Fn::Sub"], alarm["MetricName"])}


def test_every_dead_letter_but_those_of_polls_rings():
    """A poll that came to nothing is repeated by the next tick."""
    alarms = [one for one in resources("AWS::CloudWatch::Alarm").values() if one["Namespace"] == "AWS/SQS"]
    counted = {alarm["Dimensions"][0]["Value"]["Fn::GetAtt"].removesuffix(".QueueName") for alarm in alarms}
    dead = {name for name in resources("AWS::SQS::Queue") if name.endswith("DeadLetters")}
    assert counted == dead - {"PollsDeadLetters", "ExchangePollsDeadLetters"}
    assert all(alarm["AlarmActions"] == [{"Ref": "Alarms"}] and alarm["Threshold"] == 1 for alarm in alarms)


# ---------------------------------------------------------------- the outside


def test_every_parameter_is_explained_and_has_a_default():
    parameters = template()["Parameters"]
    assert set(parameters) >= {"Runtime", "Architecture", "LogRetentionDays"}
    assert all(parameter["Description"].endswith(".") and "Default" in parameter for parameter in parameters.values())


def test_every_parameter_is_used():
    text = (ROOT / "template.yaml").read_text()
    assert all(f"!Ref {name}" in text for name in template()["Parameters"])


def test_the_outputs_name_what_an_operator_or_another_system_needs():
    outputs = template()["Outputs"]
    assert set(outputs) >= {
        "Operate",
        "TicketsTable",
        "SettingsTable",
        "MailBucket",
        "EventBus",
        "PollsQueue",
        "ExchangePollsQueue",
        "InboundQueue",
        "OutboxQueue",
    }
    assert all(output["Description"].endswith(".") for output in outputs.values())
