"""The unit of a code measures the property that LOINC gives the code, and its name says which specimen.

Properties and systems (specimens) as LOINC has them, written by hand: https://loinc.org/kb/users-guide/
"""

import pytest

from gateway.fhir.ucum import unit
from gateway.mapping.quality.tables import rows
from gateway.mapping.quality.units import amount

ROWS = {row["code"]: row for row in rows("loinc.csv")}
PROPERTIES = {
    "Pres": "8480-6 8462-4 96608-5 96609-3 8478-0 2019-8 2021-4 11557-6 2703-7 11556-8",
    "NRat": "8867-4 69000-8 9279-1",
    "MFr": "2708-6 59408-5 4548-4 17856-6",
    "VFr": "3150-0 4544-3 20570-8",
    "VFr.DF": "71833-8",
    "VRat": "3151-8",
    "Temp": "8310-5 8331-1 8332-9",
    "Len": "8302-2 3137-7 8306-3 9843-4 8287-5 8280-0",
    "Mass": "29463-7 3141-9 8348-5",
    "Prctl": "59576-9 8336-0 8303-0 77606-2 8289-1",
    "Score": "9269-2 9267-6 9270-0 9268-4 9272-6 9273-4 9274-2 9271-8 72514-3",
    "MCnc": "2093-3 2085-9 13457-7 18262-6 2089-1 2571-8 2160-0 38483-4 2161-8 1975-2 1968-7 1751-7 2885-2 10834-0 "
    "718-7 30313-1 20509-6 786-4 28540-3 3255-7 3094-0 6299-2 3091-6 2345-7 2339-0 1558-6 2340-8 41653-7 17861-6 "
    "49765-1 19123-9 2777-1 3084-1 3024-7 1988-5 30522-7 2276-4 2857-1 33762-6 2132-9 2498-4 10839-9 89579-7 67151-1",
    "SCnc": "14647-2 35200-5 14646-4 22748-8 14927-8 35217-9 14682-9 77140-2 14631-6 14629-0 2947-0 2951-2 2823-3 "
    "6298-4 2075-0 2069-3 2028-9 20565-8 1963-8 1959-6 1960-4 1863-0 33037-3 10466-1 14937-7 22664-7 14749-6 15074-8 "
    "14771-0 14996-3 51597-3 14995-5 2000-8 13959-2 1995-0 1994-3 2601-3 14879-1 14933-6 11555-0 1925-7 2524-7 32693-4 "
    "2518-9 14920-3 59260-0 16362-6",
    "NCnc": "777-3 26515-7 6690-2 26464-8 804-5 789-8 26453-1 751-8 731-0 742-7 711-2 704-7",
    "NFr": "770-8 736-9 5905-5 713-8 706-2 26508-2 764-1",
    "CCnc": "1742-6 1920-8 6768-6 2324-2 2532-0 14804-9 2157-6 3040-3 1798-8",
    "ACnc": "3016-3 11580-8",
    "EntVol": "787-2 30428-7 21000-5 32207-3 32623-1",
    "EntMass": "785-6 28539-5",
    "Time": "5902-2 5964-2 14979-9 3173-2",
    "RelTime": "6301-6 34714-6 46418-0",
    "LsCnc": "2744-1 2746-6 11558-4 2756-5 5803-2",
    "Osmol": "2692-2",
}
MEASURED_AS = {
    "Pres": "mm[Hg]",
    "NRat": "/min",
    "MFr": "%",
    "VFr": "%",
    "VFr.DF": "L/L",
    "VRat": "L/min",
    "Temp": "Cel",
    "Len": "cm",
    "Mass": "kg",
    "Prctl": "%",
    "Score": "{score}",
    "MCnc": "g/L",
    "SCnc": "mol/L",
    "NCnc": "10*9/L",
    "NFr": "%",
    "CCnc": "U/L",
    "ACnc": "[IU]/L",
    "EntVol": "fL",
    "EntMass": "pg",
    "Time": "s",
    "RelTime": "{INR}",
    "LsCnc": "[pH]",
    "Osmol": "osm/kg",
}
SYSTEMS = {
    "arterial": "2708-6 30313-1 1960-4 2744-1 2019-8 2703-7 1925-7 2518-9",
    "venous": "2746-6 2021-4",
    "capillary": "41653-7 46418-0",
    "urine": "2161-8 9318-7 14959-1 32294-1 2756-5 5803-2 5811-5 2965-2 53326-5",
    "fasting": "1558-6 14771-0",
}


@pytest.mark.parametrize("property_", PROPERTIES)
def test_the_unit_of_a_code_measures_its_property(property_: str) -> None:
    wanted = MEASURED_AS[property_]
    due = unit(wanted)
    assert due is not None
    for code in PROPERTIES[property_].split():
        used = unit(ROWS[code]["unit"])
        assert used is not None and used.dimension == due.dimension, code
        assert amount(ROWS[code]["unit"]) == amount(wanted), code
        if wanted in ("%", "L/L", "{score}", "[pH]"):  # a share of 1 is no percentage, and no score
            assert ROWS[code]["unit"] == wanted, code


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_name_of_a_code_says_which_specimen(system: str) -> None:
    named = {code for code, row in ROWS.items() if system in row["name"]}
    assert named == set(SYSTEMS[system].split())


def test_a_number_of_a_code_is_of_one_property() -> None:
    codes = " ".join(PROPERTIES.values()).split()
    assert len(codes) == len(set(codes))
    judged = {code for code, row in ROWS.items() if any(row[name] for name in ("low", "high", "critical_low"))}
    of_no_property_above = {"39156-5", "9318-7", "14959-1", "32294-1", "788-0", "30385-9", "59261-8"}  # ratios
    assert judged <= set(codes) | of_no_property_above
