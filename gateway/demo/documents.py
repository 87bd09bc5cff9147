"""Query the internal documents by their mongomotor classes, as an application does."""

from gateway.store.internal.document_classes import installed

SYSTOLIC = "http://loinc.org|8480-6"


async def count_high_pressure() -> int | None:
    """Count the patients with a systolic pressure above 140 mm[Hg] in the database that is open in this process.

    The documents hold each measurement in the one unit of its code, so that pressures sent in kPa are compared too.
    None if mongomotor is not installed.
    """
    if not installed():
        return None
    from gateway.store.documents import ObservationDocument, Q

    alone = Q(code_keys=SYSTOLIC, measured__number__gt=140)
    component = Q(components__match={"code_keys": SYSTOLIC, "measured__number__gt": 140})
    return len(await ObservationDocument.objects(alone | component).distinct("patient_id"))
