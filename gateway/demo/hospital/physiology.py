"""One patient's body over two years: baselines, a daily rhythm, slow diseases and, for some, a fast decline.

Values are floats in the unit of record of `analytes`. Plausible, not medical: made to be scored and looked at.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from random import Random

NOISE = {
    "resp": 1.0,
    "pulse": 4.0,
    "spo2": 0.7,
    "temp": 0.15,
    "systolic": 6.0,
    "diastolic": 4.0,
    "weight": 0.6,
    "height": 0.0,
    "creatinine": 0.04,
    "ast": 3.0,
    "alt": 4.0,
    "platelets": 14.0,
    "sodium": 1.6,
    "potassium": 0.2,
    "haemoglobin": 0.3,
    "hba1c": 0.15,
}
YEARLY = {  # multiplied per year of disease
    "kidney": {"creatinine": 1.45, "haemoglobin": 0.95, "potassium": 1.04},
    "liver": {"ast": 1.35, "alt": 1.2, "platelets": 0.75, "sodium": 0.985},
    "diabetes": {"hba1c": 1.08, "weight": 1.02},
}
ONSET = {
    "kidney": {"creatinine": 1.5},
    "liver": {"ast": 2.2, "alt": 1.9, "platelets": 0.8},
    "diabetes": {"hba1c": 1.35, "weight": 1.15},
}
DECLINE = {"resp": 13.0, "pulse": 48.0, "spo2": -8.0, "temp": 2.0, "systolic": -36.0, "diastolic": -16.0}
DAILY = {"temp": 0.25, "pulse": 4.0, "systolic": 6.0, "diastolic": 4.0}
LIMITS = {"spo2": (70.0, 100.0), "resp": (8.0, 45.0), "platelets": (25.0, 700.0), "creatinine": (0.3, 11.0)}


@dataclass(frozen=True, slots=True)
class Body:
    """The causes of a synthetic person's measurements.

    baseline: the healthy value of each measurement at `start`, in the unit of record.
    diseases: chronic ones, which move the values over the years.
    """

    baseline: dict[str, float]
    diseases: tuple[str, ...]
    start: datetime

    def value(self, name: str, at: datetime, severity: float, random: Random) -> float:
        """Return a measurement at a time, with noise. `severity`, from 0 to 1, is how far an acute decline has come."""
        years = (at - self.start).days / 365.25
        value = self.baseline[name]
        for disease in self.diseases:
            value *= ONSET[disease].get(name, 1.0) * YEARLY[disease].get(name, 1.0) ** years
        value += DAILY.get(name, 0.0) * math.sin((at.hour - 10) * math.pi / 12)
        value += DECLINE.get(name, 0.0) * severity + random.gauss(0, NOISE[name])
        low, high = LIMITS.get(name, (0.0, math.inf))
        return min(max(value, low), high)


def body(random: Random, sex: str, age: int, diseases: tuple[str, ...], start: datetime) -> Body:
    """Draw the baseline of a person of this sex and age."""
    female = sex == "female"
    grown = min(1.0, 0.45 + age * 0.031)
    height = random.gauss(163 if female else 177, 7) * grown
    lean = random.gauss(25.5, 4.2) * (0.72 if age < 12 else 1.0)
    baseline = {
        "resp": random.gauss(15, 1.5) + max(0, 14 - age) * 0.6,
        "pulse": random.gauss(72, 8) + max(0, 14 - age) * 2.5,
        "spo2": random.gauss(97.4, 0.8),
        "temp": random.gauss(36.7, 0.15),
        "systolic": random.gauss(112 + age * 0.28, 9),
        "diastolic": random.gauss(74, 6),
        "height": round(height),
        "weight": max(lean, 16.5) * (height / 100) ** 2,
        "creatinine": random.gauss(0.72 if female else 0.92, 0.09) * (0.6 if age < 14 else 1.0),
        "ast": random.gauss(23, 4),
        "alt": random.gauss(24, 6),
        "platelets": random.gauss(255, 38),
        "sodium": random.gauss(140, 1.4),
        "potassium": random.gauss(4.2, 0.2),
        "haemoglobin": random.gauss(13.4 if female else 14.9, 0.7),
        "hba1c": random.gauss(5.3, 0.2),
    }
    return Body(baseline, diseases, start)
