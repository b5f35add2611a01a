import { FourMicaError } from '@fourmica/core-types';
import * as z from 'zod';
import type { Access, RouteDocumentation } from './documentation.js';
import { ROUTE_DOCUMENTATION } from './documentation.js';

type Json = Readonly<Record<string, unknown>>;

const SECURITY: Readonly<Record<Access, readonly Json[]>> = {
  public: [],
  bearer: [{ bearer: [] }],
  apiKey: [{ apiKey: [] }],
  bearerOrApiKey: [{ bearer: [] }, { apiKey: [] }],
};

const ERROR_SCHEMA = { type: 'object', properties: { error: { type: 'string' } }, required: ['error'] };

/**
 * Builds the OpenAPI document of routes given as `METHOD /path`, from the schemas that read and write their messages.
 *
 * @throws FourMicaError `ROUTE_UNDOCUMENTED`
 */
export function buildOpenApi(routes: readonly { readonly method: string; readonly url: string }[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const { method, url } of routes) {
    const documentation = ROUTE_DOCUMENTATION[`${method} ${url}`];
    if (documentation === undefined) {
      throw new FourMicaError('ROUTE_UNDOCUMENTED', `${method} ${url} is not documented`, { method, url });
    }
    const path = url.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(url, documentation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: '4Mica core',
      version: '1',
      description: 'Integers of 256 bits are 0x hex text in answers, decimal or 0x hex text in requests.',
    },
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
    },
  };
}

function operationOf(url: string, { summary, access, body, answer, query = {} }: RouteDocumentation): Json {
  const pathParameters = [...url.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const queryParameters = Object.entries(query).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema: wireSchemaOf(schema),
  }));
  return {
    summary,
    security: SECURITY[access],
    parameters: [...pathParameters, ...queryParameters],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: jsonContent(wireSchemaOf(body)) } }),
    responses: {
      200: {
        description: 'Success.',
        content: jsonContent(answer === undefined ? { type: 'object' } : wireSchemaOf(answer)),
      },
      default: { description: 'A refusal or a failure.', content: jsonContent(ERROR_SCHEMA) },
    },
  };
}

const jsonContent = (schema: Json): Json => ({ 'application/json': { schema } });

/** The form of a message as JSON: the wire side of its codecs. */
export function wireSchemaOf(schema: z.core.$ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return withoutEmptyAlternatives(json) as Json;
}

/** bigint is no JSON type, so where text, number and bigint are accepted an empty alternative is left over. */
function withoutEmptyAlternatives(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withoutEmptyAlternatives);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [
      key,
      key === 'anyOf' && Array.isArray(value)
        ? value.filter((entry) => Object.keys(entry).length > 0).map(withoutEmptyAlternatives)
        : withoutEmptyAlternatives(value),
    ]),
  );
}
