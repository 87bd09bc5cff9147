"""The names of stored fields: databases hold them, so none may ever change."""

from gateway.store.layout import fields

STORED = {
    "TYPE": "t",
    "ID": "i",
    "VERSION": "v",
    "UPDATED": "u",
    "DELETED": "x",
    "BODY": "b",
    "ORIGIN": "o",
    "MAPPED_TO": "m",
    "ACTION": "a",
    "BY_PUT": "p",
    "REMOTE_TYPE": "rt",
    "REMOTE_ID": "ri",
    "REMOTE_VERSION": "rv",
    "TOKENS": "k",
    "COMPOSITES": "c",
    "CONTAINED": "n",
    "TEXT_WORDS": "w",
}


def test_every_name_is_the_one_that_databases_hold() -> None:
    assert {name: value for name, value in vars(fields).items() if name.isupper()} == STORED


def test_no_two_fields_share_a_name() -> None:
    assert len(set(STORED.values())) == len(STORED)
