// For `node --require`: tells on stderr what Prism keeps to itself. A schema that does not compile, or that
// fails while it is used, is one that allows everything to Prism.
'use strict';

const { default: Ajv } = require('ajv/dist/core');

const compile = Ajv.prototype.compile;

function telling(work, thing) {
  try {
    return work();
  } catch (error) {
    console.error(`SKIPPED ${thing}: ${String(error.message).slice(0, 300)}`);
    throw error;
  }
}

Ajv.prototype.compile = function (schema, ...rest) {
  const validate = telling(() => compile.call(this, schema, ...rest), 'a schema that does not compile');
  return new Proxy(validate, {
    apply: (target, self, values) => telling(() => target.apply(self, values), 'a schema that fails'),
  });
};
