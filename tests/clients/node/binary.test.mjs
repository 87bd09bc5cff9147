// Files as they are, by Medplum's client.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MedplumClient } from '@medplum/core';
import { base } from './common.mjs';

const { origin, pathname } = new URL(base);
const client = new MedplumClient({ baseUrl: `${origin}/`, fhirUrlPath: pathname.slice(1), cacheTime: 0 });

test('createBinary and download', async () => {
  const made = await client.createBinary({ data: 'Grüße, 1.50 €', contentType: 'text/plain' });
  assert.deepEqual([made.resourceType, made.contentType], ['Binary', 'text/plain']);
  const file = await client.download(client.fhirUrl('Binary', made.id).toString(), { headers: { Accept: 'text/plain' } });
  assert.equal(await file.text(), 'Grüße, 1.50 €');
});

test('createBinary with a file name, which the client tells in the URL', async () => {
  const made = await client.createBinary({ data: 'a,b', filename: 'table.csv', contentType: 'text/csv' });
  assert.equal(made.contentType, 'text/csv');
});
