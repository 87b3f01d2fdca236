"""What the logs tell, and what they never do."""

import pytest

from maildesk.telemetry import logger, trace, whereabouts


@pytest.mark.parametrize(("switched_on", "told"), [(True, True), (False, False)])
def test_decisions_are_logged_while_trace_logging_is_on(switched_on, told):
    trace(switched_on)
    assert logger.isEnabledFor(10) is told
    trace(False)


def test_an_errors_place_is_told_without_its_words():
    try:
        raise ValueError("the customer's words")
    except ValueError as error:
        told = whereabouts(error)
    assert told.startswith("ValueError at test_telemetry.py:") and "words" not in told
