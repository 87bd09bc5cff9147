"""Names as a population has them: a few that many bear, and a long tail that hardly anybody does."""

import random
from itertools import accumulate, product

_BEGINNINGS = (
    *("Ab", "Ach", "Ahr", "Bach", "Beck", "Berg", "Brand", "Brück", "Burg", "Dahl", "Dorn", "Eich", "Feld", "Fisch"),
    *(
        "Frei",
        "Gold",
        "Groß",
        "Grün",
        "Haas",
        "Hart",
        "Hof",
        "Holz",
        "Jung",
        "Kamp",
        "Kirch",
        "Klein",
        "Kling",
        "Kreuz",
    ),
    *("Lang", "Lind", "Löw", "Mark", "Mühl", "Neu", "Ober", "Ost", "Reich", "Rein", "Roth", "Sand", "Schön", "Schwarz"),
    *("Stein", "Stern", "Strauß", "Tal", "Unter", "Vogel", "Wald", "Weiß", "Wild", "Winter"),
)
_ENDINGS = (
    *(
        "acher",
        "auer",
        "bauer",
        "berger",
        "bach",
        "brecht",
        "burg",
        "dorf",
        "eder",
        "egger",
        "feld",
        "hammer",
        "hauser",
    ),
    *(
        "heim",
        "hofer",
        "holm",
        "inger",
        "kamp",
        "lechner",
        "ler",
        "mann",
        "meier",
        "ner",
        "reiter",
        "richter",
        "schmidt",
    ),
    *("sen", "sohn", "stein", "wald"),
)
_GIVEN = (
    *(
        "Anna",
        "Maria",
        "Peter",
        "Michael",
        "Thomas",
        "Andreas",
        "Ursula",
        "Sabine",
        "Stefan",
        "Karin",
        "Hans",
        "Monika",
    ),
    *("Wolfgang", "Petra", "Renate", "Klaus", "Jürgen", "Helga", "Gabriele", "Christian", "Markus", "Julia", "Laura"),
    *("Lukas", "Jonas", "Leon", "Mia", "Emma", "Hannah", "Sophie", "Zoë", "Noah", "Elias", "Ayşe", "Mehmet", "Łukasz"),
    *("Małgorzata", "Nguyễn", "Olga", "Ivan", "Fatima", "Yusuf", "Ole", "Björn", "Jördis", "Rémy", "Chloé", "Giulia"),
)
FAMILIES = tuple(f"{a}{b}" for a, b in product(_BEGINNINGS, _ENDINGS))
_FAMILY_WEIGHTS = tuple(accumulate(1 / (rank + 8) for rank in range(len(FAMILIES))))
_GIVEN_WEIGHTS = tuple(accumulate(1 / (rank + 4) for rank in range(len(_GIVEN))))
_SHUFFLED = random.Random(0).sample(FAMILIES, len(FAMILIES))


def family(of: random.Random) -> str:
    """The most common one has one person in seventy, the rarest one in ten thousand."""
    return of.choices(_SHUFFLED, cum_weights=_FAMILY_WEIGHTS)[0]


def given(of: random.Random) -> str:
    return of.choices(_GIVEN, cum_weights=_GIVEN_WEIGHTS)[0]
