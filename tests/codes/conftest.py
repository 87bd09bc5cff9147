"""A model of the small laboratory, learned once."""

import pytest

from gateway.codes.corpus import Corpus
from gateway.codes.learning.model import Model
from gateway.codes.sightings import from_resource
from tests.codes.make import coded


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    found = Corpus()
    for number, resource in enumerate(coded()):
        found.add(from_resource(resource), f"hospital {number % 2}")
    return found


@pytest.fixture(scope="session")
def model(corpus: Corpus) -> Model:
    return Model.fit(corpus.examples())
