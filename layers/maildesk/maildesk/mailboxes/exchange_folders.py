"""Folders of Exchange, by EWS or by Microsoft Graph: by path as people see it, or by the name that a folder has in every language."""

from typing import Protocol, TypeVar

from maildesk.ports import GiveUp

P = TypeVar("P")
"""A folder, as the protocol tells it."""

_NAMED = 8  # folders, in a sentence


class Folders(Protocol[P]):
    """Of one mailbox, which belongs to `owner` in words for an operator."""

    owner: str
    well_known: frozenset[str]

    def by_well_known_name(self, name: str) -> P | None: ...

    def at_the_top(self) -> P: ...

    def inside(self, parent: P) -> list[tuple[str, P]]:
        """Names and folders, directly below."""

    def create(self, parent: P, name: str) -> P: ...


def needed(folders: Folders[P], path: str) -> P:
    found = existing(folders, path)
    if found is None:
        there = ", ".join(name for name, _ in folders.inside(folders.at_the_top())[:_NAMED])
        raise GiveUp(f"There is no folder {path} {folders.owner}. There are: {there}. Check the folder.")
    return found


def existing(folders: Folders[P], path: str) -> P | None:
    first, *below = path.split("/")
    place = _first(folders, first)
    for name in below:
        place = place and _child(folders, place, name)
    return place


def existing_or_new(folders: Folders[P], path: str) -> P:
    first, *below = path.split("/")
    place = _first(folders, first) or folders.create(folders.at_the_top(), first)
    for name in below:
        place = _child(folders, place, name) or folders.create(place, name)
    return place


def _first(folders: Folders[P], name: str) -> P | None:
    """As people see it, where there is one of that name; asking for the inbox costs nothing."""
    known = name.lower()
    if known == "inbox":
        return folders.by_well_known_name(known)
    return _child(folders, folders.at_the_top(), name) or (folders.by_well_known_name(known) if known in folders.well_known else None)


def _child(folders: Folders[P], parent: P, name: str) -> P | None:
    """Exchange tells no two folders apart by case."""
    return next((place for called, place in folders.inside(parent) if called.lower() == name.lower()), None)
