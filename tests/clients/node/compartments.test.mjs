// What belongs to a patient, by all clients that can ask for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MedplumClient } from '@medplum/core';
import { Client } from 'fhir-kit-client';
import { base, ids, person, reading } from './common.mjs';

const { origin, pathname } = new URL(base);
const medplum = new MedplumClient({ baseUrl: `${origin}/`, fhirUrlPath: pathname.slice(1), cacheTime: 0 });
const kit = new Client({ baseUrl: base });

async function patient() {
  const made = await medplum.createResource(person().patient);
  const observation = await medplum.createResource(reading(made, 1));
  await medplum.createResource(reading(await medplum.createResource(person().patient), 1)); // another's
  return { made, all: [made.id, observation.id].sort(), observation };
}

test('compartmentSearch', async () => {
  const { made, observation } = await patient();
  const compartment = { resourceType: 'Patient', id: made.id };
  for (const postSearch of [false, true]) {
    const search = (searchParams) =>
      kit.compartmentSearch({ resourceType: 'Observation', compartment, searchParams, options: { postSearch } });
    assert.deepEqual(ids(await search({ code: '8867-4' })), [observation.id]);
    assert.deepEqual(ids(await search({ code: 'other' })), []);
  }
});

test('readPatientEverything', async () => {
  const { made, all } = await patient();
  assert.deepEqual(ids(await medplum.readPatientEverything(made.id)).sort(), all);
});

test('$everything as an operation', async () => {
  const { made, all } = await patient();
  for (const method of ['GET', 'POST']) {
    const own = { name: '$everything', resourceType: 'Patient', id: made.id, method };
    assert.deepEqual(ids(await kit.operation(own)).sort(), all);
  }
});
