"""What the pages write of documents."""

from gateway.api.pages.views import judged


def test_a_page_says_of_whom_a_judgement_holds() -> None:
    """By the limits of adults: the reader knows the age, which the label does not."""
    by_table = {"label": {"level": "critical-high", "by": "default range", "for": "adults"}}
    assert judged(by_table) == "critical-high (by default range, for adults)"
    assert judged({"label": {"level": "low", "by": "reference range"}}) == "low (by reference range)"
    assert judged({}) == ""
