from tests.store.test_words import *
async def test_chain_condition(store: Store):
    await put(store, *WARD)
    q = parse("Observation", [("patient.name", "bone")])
    with pytest.raises(ConditionChanged):
        await store.commit(Write("Observation", "9", told("9", "kidney"), "api", condition=Condition(q, ())))
async def test_branch_condition(store: Store):
    await put(store, *WARD)
    q = parse("Patient", [("_filter", "family eq bone")])
    with pytest.raises(ConditionChanged):
        await store.commit(Write("Patient", "9", patient("9"), "api", condition=Condition(q, ())))
