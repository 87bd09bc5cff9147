"""What is measured, diagnosed and visited for, and how often."""

from dataclasses import dataclass
from itertools import accumulate

LOINC, SNOMED, UCUM = "http://loinc.org", "http://snomed.info/sct", "http://unitsofmeasure.org"
CLASSES = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"


@dataclass(frozen=True, slots=True)
class Measure:
    """`middle` and `spread` of its values, in `unit`."""

    code: str
    display: str
    category: str
    unit: str
    middle: float
    spread: float
    weight: int


PRESSURE = Measure("85354-9", "Blood pressure panel", "vital-signs", "mm[Hg]", 125, 18, 16)
SYSTOLIC, DIASTOLIC = "8480-6", "8462-4"

MEASURES = (
    PRESSURE,
    Measure("8867-4", "Heart rate", "vital-signs", "/min", 76, 14, 16),
    Measure("8310-5", "Body temperature", "vital-signs", "Cel", 36.8, 0.6, 12),
    Measure("2708-6", "Oxygen saturation", "vital-signs", "%", 96, 2, 10),
    Measure("9279-1", "Respiratory rate", "vital-signs", "/min", 16, 3, 8),
    Measure("29463-7", "Body weight", "vital-signs", "kg", 76, 15, 7),
    Measure("8302-2", "Body height", "vital-signs", "cm", 171, 10, 4),
    Measure("718-7", "Hemoglobin", "laboratory", "g/dL", 13.6, 1.6, 5),
    Measure("6690-2", "Leukocytes", "laboratory", "10*3/uL", 7.4, 2.2, 5),
    Measure("777-3", "Platelets", "laboratory", "10*3/uL", 250, 60, 5),
    Measure("2160-0", "Creatinine", "laboratory", "mg/dL", 0.95, 0.3, 5),
    Measure("2823-3", "Potassium", "laboratory", "mmol/L", 4.2, 0.4, 4),
    Measure("2951-2", "Sodium", "laboratory", "mmol/L", 140, 3, 4),
    Measure("2345-7", "Glucose", "laboratory", "mg/dL", 105, 25, 4),
    Measure("4548-4", "Hemoglobin A1c", "laboratory", "%", 6.1, 1.0, 2),
    Measure("1988-5", "C reactive protein", "laboratory", "mg/L", 12, 9, 2),
    Measure("1742-6", "Alanine aminotransferase", "laboratory", "U/L", 31, 12, 1),
    Measure("3016-3", "Thyrotropin", "laboratory", "m[IU]/L", 2.1, 0.9, 1),
)
MEASURE_WEIGHTS = tuple(accumulate(measure.weight for measure in MEASURES))

CONDITIONS = (
    ("38341003", "Hypertensive disorder", 20),
    ("44054006", "Type 2 diabetes mellitus", 12),
    ("55822004", "Hyperlipidemia", 10),
    ("195967001", "Asthma", 7),
    ("49436004", "Atrial fibrillation", 5),
    ("13645005", "Chronic obstructive lung disease", 4),
    ("84114007", "Heart failure", 4),
    ("35489007", "Depressive disorder", 4),
    ("233604007", "Pneumonia", 3),
    ("709044004", "Chronic kidney disease", 3),
    ("254837009", "Malignant neoplasm of breast", 1),
    ("22298006", "Myocardial infarction", 1),
)
CONDITION_WEIGHTS = tuple(accumulate(weight for _, _, weight in CONDITIONS))
VISITS = (("AMB", "ambulatory"), ("IMP", "inpatient encounter"), ("EMER", "emergency"))
