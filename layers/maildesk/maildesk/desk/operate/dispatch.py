"""The way in: an event names a command, the answer says what came of it. Whatever happens, the answer is JSON, never a traceback."""

from collections.abc import Mapping
from typing import Any

from msgspec import to_builtins

from maildesk.desk.operate import hand_made, inspecting, mailboxes, outbox, receipts, senders, settings, tickets
from maildesk.desk.operate.asking import decoded
from maildesk.desk.operate.command import Command
from maildesk.desk.operate.errors import Error, Refused, unknown
from maildesk.desk.operate.help import helper
from maildesk.desk.operate.operator import Operator
from maildesk.desk.operate.shorthand import spelled_out
from maildesk.ports import GiveUp, TryAgain
from maildesk.telemetry import logger, whereabouts

_ALL = (
    *mailboxes.COMMANDS,
    *senders.COMMANDS,
    *settings.COMMANDS,
    *tickets.COMMANDS,
    *receipts.COMMANDS,
    *hand_made.COMMANDS,
    *inspecting.COMMANDS,
    *outbox.COMMANDS,
)
COMMANDS: Mapping[str, Command] = {command.name: command for command in (*_ALL, helper(_ALL))}

_LOGGED = ("name", "ticket", "receipt", "id")
"""Fields that say whom or what a command was about. Others may hold mail text or a password."""


def answer(operator: Operator, event: Any) -> dict[str, Any]:
    """`{"ok": true, …}`, or `{"ok": false, "error": {"field", "message", "try"}}` and nothing changed."""
    try:
        return {"ok": True, **_carried_out(operator, event)}
    except Refused as refused:
        return _failed(event, refused.error)
    except TryAgain as failure:
        return _failed(event, Error(None, str(failure), "Try again in a moment."))
    except GiveUp as failure:
        return _failed(event, Error(None, str(failure)))
    except Exception as error:
        logger.error("command broke off", error=whereabouts(error))
        message = f"Maildesk met an error of its own ({type(error).__name__}); the log of operate says where."
        return _failed(event, Error(None, message, "Look whether the command took effect before you repeat it."))


def _carried_out(operator: Operator, event: Any) -> dict[str, Any]:
    command = _command(event)
    given = {name: value for name, value in event.items() if name != "command"}
    request = decoded(command.shape(given), spelled_out(operator, given, command.name))
    about = {name: value for name in _LOGGED if (value := getattr(request, name, None)) is not None}
    logger.info("command", command=command.name, **{f"about_{name}": value for name, value in about.items()})
    result: dict[str, Any] = to_builtins(command.run(operator, request))
    return result


def _command(event: Any) -> Command:
    name = event.get("command") if isinstance(event, dict) else None
    if not isinstance(name, str):
        raise Refused("command", "The event names no command.", 'Send a JSON object such as {"command": "help"}.')
    if name not in COMMANDS:
        raise unknown("command", "command", name, COMMANDS, 'All commands: {"command": "help"}.')
    return COMMANDS[name]


def _failed(event: Any, error: Error) -> dict[str, Any]:
    command = event.get("command") if isinstance(event, dict) else None
    logger.info("command refused", command=command if isinstance(command, str) and command in COMMANDS else None, field=error.field)
    return {"ok": False, "error": to_builtins(error)}
