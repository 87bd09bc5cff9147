"""Define what the hospital measures: codes, units of record, and the other spellings that its devices send.

A `Way` is one way of sending a result: the factor from the unit of record (and offset, for temperatures), decimals,
the UCUM code and the unit text, which often differ, as they do in real messages.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Way:
    """One way of sending a result; the module docstring explains the fields."""

    code: str
    text: str
    decimals: int
    factor: float = 1.0
    offset: float = 0.0
    loinc: str | None = None
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Analyte:
    """Something the hospital measures.

    local: the hospital's own code.
    low, high: the reference range in the unit of record, for laboratory results.
    """

    loinc: str
    display: str
    category: str
    ways: tuple[Way, ...]
    local: str
    low: float | None = None
    high: float | None = None


VITALS = "vital-signs"
LABORATORY = "laboratory"

ANALYTES: dict[str, Analyte] = {
    "resp": Analyte(
        "9279-1", "Respiratory rate", VITALS, (Way("/min", "/min", 0), Way("/min", "breaths/min", 0)), "RR"
    ),
    "pulse": Analyte("8867-4", "Heart rate", VITALS, (Way("/min", "bpm", 0), Way("{beats}/min", "beats/min", 0)), "HR"),
    "spo2": Analyte(
        "59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry", VITALS, (Way("%", "%", 0),), "SAT"
    ),
    "fio2": Analyte("3150-0", "Inhaled oxygen concentration", VITALS, (Way("%", "%", 0),), "FIO2"),
    "flow": Analyte("3151-8", "Inhaled oxygen flow rate", VITALS, (Way("L/min", "l/min", 1),), "O2FLOW"),
    "temp": Analyte(
        "8310-5",
        "Body temperature",
        VITALS,
        (Way("Cel", "degC", 1, weight=3), Way("[degF]", "degF", 1, 1.8, 32.0)),
        "TEMP",
    ),
    "height": Analyte(
        "8302-2",
        "Body height",
        VITALS,
        (Way("cm", "cm", 0, weight=5), Way("m", "m", 2, 0.01), Way("[in_i]", "in", 1, 1 / 2.54)),
        "HT",
    ),
    "weight": Analyte(
        "29463-7",
        "Body weight",
        VITALS,
        (Way("kg", "kg", 1, weight=8), Way("[lb_av]", "lbs", 1, 1 / 0.45359237), Way("g", "g", 3, 1000.0)),
        "WT",
    ),
    "creatinine": Analyte(
        "2160-0",
        "Creatinine [Mass/volume] in Serum or Plasma",
        LABORATORY,
        (Way("mg/dL", "mg/dl", 2, weight=2), Way("umol/L", "mcmol/L", 0, 88.42, loinc="14682-9")),
        "KREA",
        0.5,
        1.2,
    ),
    "ast": Analyte("1920-8", "Aspartate aminotransferase", LABORATORY, (Way("U/L", "U/l", 0),), "ASAT", 8, 40),
    "alt": Analyte("1742-6", "Alanine aminotransferase", LABORATORY, (Way("U/L", "IU/L", 0),), "ALAT", 7, 45),
    "platelets": Analyte(
        "777-3",
        "Platelets [#/volume] in Blood by Automated count",
        LABORATORY,
        (Way("10*3/uL", "K/uL", 0), Way("10*9/L", "G/l", 0), Way("/uL", "/µL", 0, 1000.0)),
        "THRO",
        150,
        400,
    ),
    "sodium": Analyte(
        "2951-2", "Sodium [Moles/volume] in Serum or Plasma", LABORATORY, (Way("mmol/L", "mEq/L", 0),), "NA", 136, 145
    ),
    "potassium": Analyte(
        "2823-3",
        "Potassium [Moles/volume] in Serum or Plasma",
        LABORATORY,
        (Way("mmol/L", "mmol/L", 1),),
        "K",
        3.5,
        5.1,
    ),
    "haemoglobin": Analyte(
        "718-7",
        "Hemoglobin [Mass/volume] in Blood",
        LABORATORY,
        (Way("g/dL", "gm/dL", 1), Way("g/L", "g/l", 0, 10.0)),
        "HB",
        12,
        17,
    ),
    "hba1c": Analyte(
        "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", LABORATORY, (Way("%", "%", 1),), "HBA1C", 4, 5.6
    ),
}
