// node --require skipped.cjs examine.cjs DOCUMENT: has Prism use each schema of a document, those of parameters
// and those of bodies, and prints how many bodies there are.
'use strict';

const { getHttpOperationsFromSpec } = require('@stoplight/prism-cli/dist/operations');
const { validateInput, validateOutput } = require('@stoplight/prism-http/dist/validator');

const seen = new Set();

// The same schema stands under many operations, each time with other ids; once is enough. One that refers to
// definitions of its operation is not the same.
function isNew(schema) {
  const text = JSON.stringify(schema, (name, value) => (name === 'x-stoplight' ? undefined : value)) || '';
  const known = seen.has(text) && !text.includes('__bundled__');
  seen.add(text);
  return !known;
}

function contents(part) {
  return (part && part.contents) || [];
}

function headers(mediaType) {
  return { 'content-type': mediaType, 'content-length': '2' };
}

function value(mediaType) {
  return /json/.test(mediaType) ? {} : 'a=b';
}

function useParameters(operation) {
  const url = { path: operation.path, query: {} };
  validateInput({ resource: operation, element: { method: operation.method, url, headers: {} } });
}

function useRequest(operation, { mediaType, schema }) {
  if (!isNew(['request', schema])) return;
  const url = { path: operation.path, query: {} };
  const element = { method: operation.method, url, headers: headers(mediaType), body: value(mediaType) };
  validateInput({ resource: operation, element });
}

function useAnswer(operation, code, { mediaType, schema }) {
  if (!isNew(['answer', schema])) return;
  const element = { statusCode: Number(code.replace(/X/g, '0')), headers: headers(mediaType), body: value(mediaType) };
  validateOutput({ resource: operation, element });
}

async function main(document) {
  const operations = await getHttpOperationsFromSpec(document);
  let bodies = 0;
  for (const operation of operations) {
    const asked = contents(operation.request && operation.request.body);
    useParameters(operation);
    asked.forEach((body) => useRequest(operation, body));
    bodies += asked.length;
    for (const response of operation.responses) {
      contents(response).forEach((body) => useAnswer(operation, response.code, body));
      bodies += contents(response).length;
    }
  }
  console.log(JSON.stringify({ operations: operations.length, bodies }));
}

main(process.argv[2]);
