"""Receiving by Amazon SES: nothing of it without a rule set; with one, SES may do just the two things that its rule asks for."""

from typing import Any

import pytest

from local.template import Json, resources, template
from maildesk.tickets.records import PUSHED_MAIL

RULE_ARN = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:receipt-rule-set/${ReceiptRuleSet}:receipt-rule/${AWS::StackName}"
NOTHING = {"Ref": "AWS::NoValue"}


def decided(value: Any, *, receiving: bool) -> Any:
    """The value as CloudFormation has it once its conditions are decided."""
    if isinstance(value, list):
        return [inner for one in value if (inner := decided(one, receiving=receiving)) != NOTHING]
    if not isinstance(value, dict):
        return value
    if "Fn::If" in value:
        condition, there, otherwise = value["Fn::If"]
        assert condition == "ReceivesMail"
        return decided(there if receiving else otherwise, receiving=receiving)
    return {name: decided(inner, receiving=receiving) for name, inner in value.items()}


def made(*, receiving: bool) -> Json:
    """The resources of a stack, in which alarms are mailed to nobody."""
    conditions = {None} | ({"ReceivesMail"} if receiving else set())
    there = {name: one for name, one in template()["Resources"].items() if one.get("Condition") in conditions}
    return decided(there, receiving=receiving)


def statements(*, receiving: bool) -> list[Json]:
    return made(receiving=receiving)["MailBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]


def test_receiving_is_switched_on_by_the_name_of_a_rule_set_and_off_unless_given():
    assert template()["Conditions"]["ReceivesMail"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "ReceiptRuleSet"}, ""]}]}
    assert [template()["Parameters"][name]["Default"] for name in ("ReceiptRuleSet", "ReceivingAddresses")] == ["", ""]


def test_a_rule_set_without_addresses_is_refused_because_its_rule_would_take_mail_for_everybody():
    rule = template()["Rules"]["ReceivingNeedsAddresses"]
    assert rule["RuleCondition"] == template()["Conditions"]["ReceivesMail"]
    assert rule["Assertions"][0]["Assert"] == {"Fn::Not": [{"Fn::EachMemberEquals": [{"Ref": "ReceivingAddresses"}, ""]}]}


def test_without_it_amazon_ses_may_do_nothing():
    assert [one["Sid"] for one in statements(receiving=False)] == ["OnlyOverTls"]
    off, on = made(receiving=False), made(receiving=True)
    assert on.keys() - off.keys() == {"ReceiptRule", "AmazonSesInvokes", "ReceiveSesIsDead"}


def test_with_it_amazon_ses_may_put_mail_where_pushed_mail_is_looked_for():
    _, allowed = statements(receiving=True)
    assert (allowed["Effect"], allowed["Principal"], allowed["Action"]) == ("Allow", {"Service": "ses.amazonaws.com"}, "s3:PutObject")
    assert allowed["Resource"] == {"Fn::Sub": f"${{MailBucket.Arn}}/{PUSHED_MAIL}*"}
    assert allowed["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}, "aws:SourceArn": {"Fn::Sub": RULE_ARN}}
    }


def test_and_may_invoke_one_function():
    permission = made(receiving=True)["AmazonSesInvokes"]["Properties"]
    assert (permission["FunctionName"], permission["Action"]) == ({"Ref": "ReceiveSes"}, "lambda:InvokeFunction")
    assert (permission["Principal"], permission["SourceAccount"]) == ("ses.amazonaws.com", {"Ref": "AWS::AccountId"})
    assert permission["SourceArn"] == {"Fn::Sub": RULE_ARN}


def test_the_rule_puts_the_mail_into_the_bucket_before_the_function_hears_of_it():
    made_rule = made(receiving=True)["ReceiptRule"]
    assert made_rule["DependsOn"] == ["MailBucketPolicy", "AmazonSesInvokes"]
    properties = made_rule["Properties"]
    rule = properties["Rule"]
    assert (properties["RuleSetName"], rule["Name"]) == ({"Ref": "ReceiptRuleSet"}, {"Ref": "AWS::StackName"})
    assert (rule["Enabled"], rule["ScanEnabled"], rule["Recipients"]) == (True, True, {"Ref": "ReceivingAddresses"})
    assert rule["Actions"] == [
        {"S3Action": {"BucketName": {"Ref": "MailBucket"}, "ObjectKeyPrefix": PUSHED_MAIL}},
        {"LambdaAction": {"FunctionArn": {"Fn::GetAtt": "ReceiveSes.Arn"}, "InvocationType": "Event"}},
    ]


def test_a_mail_that_is_not_handed_in_is_tried_again_and_then_waits_for_somebody():
    asked = resources("AWS::Serverless::Function")["ReceiveSes"]["EventInvokeConfig"]
    assert (asked["MaximumRetryAttempts"], asked["MaximumEventAgeInSeconds"]) == (2, 6 * 3600)
    letters = {"Type": "SQS", "Destination": {"Fn::GetAtt": "ReceiveSesDeadLetters.Arn"}}
    assert asked["DestinationConfig"] == {"OnFailure": letters}
    assert resources("AWS::SQS::Queue")["ReceiveSesDeadLetters"]["MessageRetentionPeriod"] == 14 * 24 * 3600


@pytest.mark.parametrize("receiving", [False, True])
def test_nothing_refers_to_what_is_not_there(receiving):
    resources_made, known = made(receiving=receiving), {*template()["Parameters"], "AWS::AccountId", "AWS::StackName", "AWS::Region"}
    assert set(referred(resources_made)) <= resources_made.keys() | known


def referred(value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for one in value for name in referred(one)]
    if not isinstance(value, dict):
        return []
    own = [value["Ref"]] if "Ref" in value else [value["Fn::GetAtt"].partition(".")[0]] if "Fn::GetAtt" in value else []
    return [*own, *(name for inner in value.values() for name in referred(inner))]
