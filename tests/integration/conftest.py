"""What several integration tests share."""

from collections import Counter
from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("tests.disturbed")


@pytest.fixture(scope="module")
def struck() -> Iterator[Counter[str]]:
    """How often each disturbance struck in the cases of a module."""
    struck: Counter[str] = Counter()
    yield struck
    print(f"{sum(struck.values()) - struck['case']} strikes:", dict(struck.most_common()))  # with pytest -s
