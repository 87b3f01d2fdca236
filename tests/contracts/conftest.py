"""Contract classes live beside the tests that inherit from them: their asserts explain themselves too."""

import pytest

pytest.register_assert_rewrite("tests.contracts.mailbox_contract", "tests.contracts.sender_contract")
