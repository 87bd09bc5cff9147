// What the tests of all clients share: where the gateway is, and resources that nobody else has.
import { randomUUID } from 'node:crypto';

export const base = process.env.FHIR_BASE;

export function person() {
  const mark = randomUUID().slice(0, 13);
  const patient = {
    resourceType: 'Patient',
    identifier: [{ system: 'urn:test', value: mark }],
    name: [{ family: `Muster${mark}`, given: ['Eva'] }],
    birthDate: '1980-03-01',
  };
  return { mark, patient };
}

export function reading(patient, day) {
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
    subject: { reference: `Patient/${patient.id}` },
    effectiveDateTime: `2026-01-0${day}`,
  };
}

export function family(patient) {
  const fullUrl = `urn:uuid:${randomUUID()}`;
  const observation = { ...reading({}, 1), subject: { reference: fullUrl } };
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { fullUrl, resource: patient, request: { method: 'POST', url: 'Patient' } },
      { resource: observation, request: { method: 'POST', url: 'Observation' } },
    ],
  };
}

export const statuses = (bundle) => bundle.entry.map((entry) => entry.response.status.slice(0, 3));
export const ids = (bundle) => (bundle.entry ?? []).map((entry) => entry.resource.id);
