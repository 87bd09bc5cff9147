// The terminology operations as both clients ask for them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MedplumClient } from '@medplum/core';
import { Client } from 'fhir-kit-client';
import { base } from './common.mjs';

const { origin, pathname } = new URL(base);
const medplum = new MedplumClient({ baseUrl: `${origin}/`, fhirUrlPath: pathname.slice(1), cacheTime: 0 });
const kit = new Client({ baseUrl: base });
const genders = 'http://hl7.org/fhir/ValueSet/administrative-gender';
const system = 'http://hl7.org/fhir/administrative-gender';
const value = (told, name) => Object.entries(told.parameter.find((one) => one.name === name))
  .find(([key]) => key.startsWith('value'))?.[1];

test('valueSetExpand', async () => {
  const all = await medplum.valueSetExpand({ url: genders });
  assert.deepEqual(all.expansion.contains.map((one) => one.code).sort(), ['female', 'male', 'other', 'unknown']);
  const few = await medplum.valueSetExpand({ url: genders, filter: 'fem', count: 10, offset: 0 });
  assert.deepEqual(few.expansion.contains.map((one) => one.code), ['female']);
});

test('$lookup', async () => {
  const input = { system, code: 'female' };
  const told = await kit.operation({ name: 'lookup', resourceType: 'CodeSystem', method: 'GET', input });
  assert.equal(value(told, 'display'), 'Female');
});

test('$validate-code', async () => {
  const validate = (method, input) =>
    kit.operation({ name: 'validate-code', resourceType: 'ValueSet', method, input }).then((told) => value(told, 'result'));
  for (const [code, result] of [['female', true], ['lady', false]]) {
    assert.equal(await validate('GET', { url: genders, system, code }), result);
    const parameter = [
      { name: 'url', valueUri: genders },
      { name: 'coding', valueCoding: { system, code } },
    ];
    assert.equal(await validate('POST', { resourceType: 'Parameters', parameter }), result);
  }
});
