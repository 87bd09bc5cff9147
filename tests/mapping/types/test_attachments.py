"""Files and money."""

from decimal import Decimal

from tests.mapping.types.support import read, refusal, write


def test_a_file_keeps_its_data_as_sent() -> None:
    sent = {"contentType": "text/plain", "data": "QQ==", "size": 1, "title": "a"}
    document = {"content_type": "text/plain", "data": "QQ==", "size": 1, "title": "a"}
    assert read("attachment", "Attachment", sent) == document
    assert write("attachment", "Attachment", document) == sent


def test_money_keeps_its_digits() -> None:
    sent = {"value": Decimal("10.00"), "currency": "EUR"}
    assert str(read("money", "Money", sent)["number"]) == "10.00"
    assert write("money", "Money", {"number": Decimal("10.50"), "currency": "EUR"}, sent)["value"] == Decimal("10.50")
    assert refusal("money", "Money", {"number": "10"}) == "number: must be a number"
