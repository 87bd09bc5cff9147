// Medplum's client, at a server that is not Medplum's: https://www.medplum.com/docs/sdk/core.medplumclient
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MedplumClient } from '@medplum/core';
import { base, family, ids, person, reading, statuses } from './common.mjs';

const { origin, pathname } = new URL(base);
const client = new MedplumClient({ baseUrl: `${origin}/`, fhirUrlPath: pathname.slice(1), cacheTime: 0 });
const status = (id) => (error) => error.outcome?.resourceType === 'OperationOutcome' && error.outcome.issue[0].code === id;

test('createResource, readResource, updateResource, deleteResource', async () => {
  const made = await client.createResource(person().patient);
  assert.equal(made.meta.versionId, '1');
  const updated = await client.updateResource({ ...made, active: true });
  assert.equal(updated.meta.versionId, '2');
  assert.deepEqual(await client.readResource('Patient', made.id), updated);
  assert.deepEqual(await client.readReference({ reference: `Patient/${made.id}` }), updated);
  await client.deleteResource('Patient', made.id);
  await assert.rejects(client.readResource('Patient', made.id), status('deleted'));
  await assert.rejects(client.readResource('Patient', 'nobody-has-this-id'), status('not-found'));
});

test('updateResource with what is there makes no version', async () => {
  const made = await client.createResource(person().patient);
  assert.deepEqual(await client.updateResource(made), made);
  assert.equal((await client.readHistory('Patient', made.id)).entry.length, 1);
});

test('createResourceIfNoneExist and upsertResource', async () => {
  const { mark, patient } = person();
  const query = `identifier=urn:test|${mark}`;
  const made = await client.createResourceIfNoneExist(patient, query);
  const same = await client.createResourceIfNoneExist(patient, query);
  assert.deepEqual([same.id, same.meta.versionId], [made.id, '1']);
  const changed = await client.upsertResource({ ...patient, active: true }, query);
  assert.deepEqual([changed.id, changed.meta.versionId], [made.id, '2']);
  const other = person();
  const created = await client.upsertResource(other.patient, `identifier=urn:test|${other.mark}`);
  assert.equal(created.meta.versionId, '1');
});

test('patchResource', async () => {
  const { id } = await client.createResource(person().patient);
  const patched = await client.patchResource('Patient', id, [{ op: 'add', path: '/gender', value: 'female' }]);
  assert.deepEqual([patched.gender, patched.meta.versionId], ['female', '2']);
});

test('readHistory and readVersion', async () => {
  const made = await client.createResource(person().patient);
  await client.updateResource({ ...made, active: true });
  const history = await client.readHistory('Patient', made.id);
  assert.deepEqual(history.entry.map((entry) => entry.resource.meta.versionId), ['2', '1']);
  assert.deepEqual(await client.readVersion('Patient', made.id, '1'), made);
});

test('what is not valid is refused with its element', async () => {
  const wrong = { ...person().patient, gender: 'unknowable' };
  await assert.rejects(client.createResource(wrong), (error) => error.outcome.issue[0].expression[0] === 'Patient.gender');
  assert.equal((await client.validateResource(wrong)).issue[0].severity, 'error');
  const good = await client.validateResource(person().patient);
  assert.ok(good.issue.every((issue) => issue.severity !== 'error'));
});

test('search, searchOne, searchResources', async () => {
  const { mark, patient } = person();
  const made = await client.createResource(patient);
  const found = await client.search('Patient', { identifier: `urn:test|${mark}` });
  assert.deepEqual([found.type, found.total, ids(found)], ['searchset', 1, [made.id]]);
  assert.equal((await client.searchOne('Patient', `name=Muster${mark}`)).id, made.id);
  assert.equal(await client.searchOne('Patient', 'identifier=nobody'), undefined);
  const resources = await client.searchResources('Patient', { identifier: mark, birthdate: 'lt1981' });
  assert.deepEqual(resources.map((one) => one.id), [made.id]);
});

test('searchResourcePages', async () => {
  const patient = await client.createResource(person().patient);
  for (const day of [1, 2, 3, 4, 5]) await client.createResource(reading(patient, day));
  const query = { subject: `Patient/${patient.id}`, _count: '2', _sort: '-date' };
  const days = [];
  for await (const page of client.searchResourcePages('Observation', query)) {
    days.push(page.map((one) => one.effectiveDateTime.at(-1)).join(''));
  }
  assert.deepEqual(days, ['54', '32', '1']);
});

test('_include and _revinclude', async () => {
  const patient = await client.createResource(person().patient);
  const observation = await client.createResource(reading(patient, 1));
  const forward = await client.search('Observation', { _id: observation.id, _include: 'Observation:patient' });
  const back = await client.search('Patient', { _id: patient.id, _revinclude: 'Observation:patient' });
  for (const bundle of [forward, back]) {
    assert.deepEqual(ids(bundle).sort(), [patient.id, observation.id].sort());
    assert.deepEqual(bundle.entry.map((entry) => entry.search.mode), ['match', 'include']);
  }
});

test('executeBatch: transaction and batch', async () => {
  const { mark, patient } = person();
  assert.deepEqual(statuses(await client.executeBatch(family(patient))), ['201', '201']);
  const urls = [`Patient?identifier=${mark}`, `Observation?patient.identifier=${mark}`, 'Patient/nobody-has-this-id'];
  const entry = urls.map((url) => ({ request: { method: 'GET', url } }));
  const batch = await client.executeBatch({ resourceType: 'Bundle', type: 'batch', entry });
  assert.deepEqual(statuses(batch), ['200', '200', '404']);
  assert.deepEqual(batch.entry.slice(0, 2).map((one) => one.resource.total), [1, 1]);
});

test('requests that are batched by the client itself', async () => {
  const batching = new MedplumClient({ baseUrl: `${origin}/`, fhirUrlPath: pathname.slice(1), autoBatchTime: 20 });
  const made = await Promise.all([1, 2, 3].map(() => client.createResource(person().patient)));
  const read = await Promise.all(made.map((one) => batching.readResource('Patient', one.id)));
  assert.deepEqual(read, made);
});
