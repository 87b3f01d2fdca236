"""Contract classes live beside the tests that inherit from them: their asserts explain themselves too."""

import pytest

CONTRACTS = ("mailbox", "sender", "store", "states", "small")
pytest.register_assert_rewrite(*(f"tests.contracts.{name}_contract" for name in CONTRACTS))
