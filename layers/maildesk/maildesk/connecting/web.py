"""HTTP servers: what happens on the way to them, and what they answer."""

import io
from collections.abc import Iterator
from typing import Any

import requests

from maildesk.connecting.servers import Failure, Server, closed, network_failure


def web_failure(error: BaseException, server: Server, doing: str = "") -> Failure:
    """`doing` as in "while a mail was sent"; empty while connecting."""
    network = [one for one in causes(error) if isinstance(one, OSError) and not isinstance(one, requests.RequestException)]
    return network_failure(network[-1], server, doing) if network else closed(server, doing)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """What led to an error, the error first: libraries tell of the network in words only."""
    while error:
        if not isinstance(error, io.UnsupportedOperation):  # an OSError, and none of the network
            yield error
        error = error.__cause__ or error.__context__


def json_object(response: requests.Response) -> dict[str, Any]:
    """Empty where the answer is anything else."""
    try:
        answer = response.json()
    except requests.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}
