// https://github.com/Vermonster/fhir-kit-client
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from 'fhir-kit-client';
import { base, family, ids, person, reading, statuses } from './common.mjs';

const client = new Client({ baseUrl: base });
const create = (body) => client.create({ resourceType: body.resourceType, body });
const status = (code) => (error) => error.response.status === code && error.response.data.resourceType === 'OperationOutcome';
const http = (answer) => Client.httpFor(answer).response;

test('create, read, vread, update, delete', async () => {
  const made = await create(person().patient);
  assert.equal(http(made).status, 201);
  assert.equal(http(made).headers.get('location'), `${base}/Patient/${made.id}/_history/1`);
  assert.equal(http(made).headers.get('etag'), 'W/"1"');
  const where = { resourceType: 'Patient', id: made.id };
  const updated = await client.update({ ...where, body: { ...made, active: true } });
  assert.equal(updated.meta.versionId, '2');
  assert.deepEqual(await client.read(where), updated);
  assert.equal((await client.vread({ ...where, version: '1' })).active, undefined);
  await client.delete(where);
  await assert.rejects(client.read(where), status(410));
  await assert.rejects(client.read({ ...where, id: 'nobody-has-this-id' }), status(404));
});

test('a version that is no longer the newest replaces nothing', async () => {
  const made = await create(person().patient);
  const update = () =>
    client.update({
      resourceType: 'Patient',
      id: made.id,
      body: { ...made, active: true },
      options: { headers: { 'If-Match': http(made).headers.get('etag') } },
    });
  await update();
  await assert.rejects(update(), status(412));
});

test('patch', async () => {
  const { id } = await create(person().patient);
  const patch = (jsonPatch) => client.patch({ resourceType: 'Patient', id, jsonPatch });
  const patched = await patch([
    { op: 'test', path: '/birthDate', value: '1980-03-01' },
    { op: 'replace', path: '/birthDate', value: '1981-03-01' },
  ]);
  assert.equal(patched.birthDate, '1981-03-01');
  await assert.rejects(patch([{ op: 'replace', path: '/gender', value: 'unknowable' }]), status(422));
  assert.equal((await client.read({ resourceType: 'Patient', id })).meta.versionId, '2');
});

test('conditional create and update', async () => {
  const { mark, patient } = person();
  const condition = `identifier=urn:test|${mark}`;
  const once = () =>
    client.create({ resourceType: 'Patient', body: patient, options: { headers: { 'If-None-Exist': condition } } });
  const [made, same] = [await once(), await once()];
  assert.deepEqual([http(made).status, http(same).status, same.id], [201, 200, made.id]);
  const searchParams = { identifier: `urn:test|${mark}` };
  const changed = await client.update({ resourceType: 'Patient', searchParams, body: { ...patient, active: true } });
  assert.deepEqual([changed.id, changed.meta.versionId], [made.id, '2']);
});

test('search by GET and POST, on a type and on all', async () => {
  const { mark, patient } = person();
  const { id } = await create(patient);
  const searchParams = { identifier: `urn:test|${mark}`, birthdate: ['ge1980-01-01', 'lt1981-01-01'] };
  for (const postSearch of [false, true]) {
    assert.deepEqual(ids(await client.search({ resourceType: 'Patient', searchParams, options: { postSearch } })), [id]);
    const all = { _id: id, _type: 'Patient' };
    assert.deepEqual(ids(await client.systemSearch({ searchParams: all, options: { postSearch } })), [id]);
  }
  await assert.rejects(client.search({ resourceType: 'Patient', searchParams: { 'shoe-size': '43' } }), status(400));
});

test('pages forward', async () => {
  const patient = await create(person().patient);
  for (const day of [1, 2, 3, 4, 5]) await create(reading(patient, day));
  const searchParams = { subject: `Patient/${patient.id}`, _count: 2, _sort: 'date', _total: 'accurate' };
  let bundle = await client.search({ resourceType: 'Observation', searchParams });
  assert.equal(bundle.total, 5);
  const days = [];
  for (; bundle; bundle = await client.nextPage({ bundle })) {
    days.push(bundle.entry.map((entry) => entry.resource.effectiveDateTime.at(-1)).join(''));
  }
  assert.deepEqual(days, ['12', '34', '5']);
});

test('history of a resource, a type, everything', async () => {
  const made = await create(person().patient);
  await client.update({ resourceType: 'Patient', id: made.id, body: { ...made, active: true } });
  const own = await client.history({ resourceType: 'Patient', id: made.id });
  assert.equal(own.type, 'history');
  assert.deepEqual(own.entry.map((entry) => [entry.request.method, entry.response.status.slice(0, 3)]), [
    ['PUT', '200'],
    ['POST', '201'],
  ]);
  for (const several of [await client.history({ resourceType: 'Patient' }), await client.history()]) {
    assert.equal(several.type, 'history');
    assert.ok(several.entry.some((entry) => entry.resource?.id === made.id));
  }
});

test('transaction and batch', async () => {
  const { mark, patient } = person();
  const answer = await client.transaction({ body: family(patient) });
  assert.equal(answer.type, 'transaction-response');
  assert.deepEqual(statuses(answer), ['201', '201']);
  const found = await client.search({ resourceType: 'Observation', searchParams: { 'patient.identifier': mark } });
  assert.equal(found.total, 1);
  const asked = [`Patient?identifier=${mark}`, 'Patient/nobody-has-this-id'];
  const entry = asked.map((url) => ({ request: { method: 'GET', url } }));
  const batch = await client.batch({ body: { resourceType: 'Bundle', type: 'batch', entry } });
  assert.equal(batch.type, 'batch-response');
  assert.deepEqual(statuses(batch), ['200', '404']);
  assert.equal(batch.entry[0].resource.entry[0].resource.identifier[0].value, mark);
});

test('operations', async () => {
  const patient = await create(person().patient);
  const validate = (input, where) => client.operation({ name: 'validate', input, ...where });
  const own = { resourceType: 'Patient', id: patient.id };
  for (const where of [{}, { resourceType: 'Patient' }, own]) {
    const told = await validate(patient, where);
    assert.ok(told.issue.every((issue) => !['fatal', 'error'].includes(issue.severity)), JSON.stringify(told));
  }
  const told = await validate({ ...patient, gender: 'unknowable' }, { resourceType: 'Patient' });
  assert.ok(told.issue.some((issue) => issue.severity === 'error' && issue.expression[0] === 'Patient.gender'));
});

test('what the server says about itself', async () => {
  const stated = await client.capabilityStatement();
  assert.equal(stated.resourceType, 'CapabilityStatement');
  assert.equal(stated.fhirVersion, '4.0.1');
  assert.deepEqual(await client.smartAuthMetadata(), {}); // none: this gateway has no authorization server
});

test('references are resolved: relative, absolute, in a Bundle, contained', async () => {
  const patient = await create(person().patient);
  const contained = [{ resourceType: 'Practitioner', id: 'doctor', active: true }];
  const observation = await create({ ...reading(patient, 1), contained, performer: [{ reference: '#doctor' }] });
  const { reference } = observation.subject;
  assert.equal((await client.resolve({ reference })).id, patient.id);
  assert.equal((await client.resolve({ reference: `${base}/${reference}` })).id, patient.id);
  assert.equal((await client.resolve({ reference: '#doctor', context: observation })).active, true);
  const searchParams = { _id: observation.id, _include: 'Observation:subject' };
  const bundle = await client.search({ resourceType: 'Observation', searchParams });
  assert.equal(bundle.entry.length, 2);
  assert.equal((await client.resolve({ reference, context: bundle })).id, patient.id);
});
