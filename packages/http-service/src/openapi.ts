import { FourMicaError } from '@fourmica/core-types';
import * as z from 'zod';

/** A JSON object of an OpenAPI document that is only passed on. */
export type OpenApiValue = Readonly<Record<string, unknown>>;

/** Who may call a route: everybody, who is logged in, who has an API key. */
export type Access = 'public' | 'bearer' | 'apiKey' | 'bearerOrApiKey';

/** What the OpenAPI document says about a route. The schemas are those that read and write the messages. */
export interface RouteDocumentation {
  readonly summary: string;
  readonly access: Access;
  readonly body?: z.core.$ZodType;
  readonly answer?: z.core.$ZodType;
  readonly query?: Readonly<Record<string, z.core.$ZodType>>;
  /** Headers of the answer, with what they hold. */
  readonly answerHeaders?: Readonly<Record<string, string>>;
}

/** What an OpenAPI document is made of. */
export interface OpenApiSource {
  readonly title: string;
  readonly description: string;
  readonly routes: readonly { readonly method: string; readonly url: string }[];
  /** By method and path, such as `GET /core/tabs/:tab_id`. */
  readonly documentation: Readonly<Record<string, RouteDocumentation>>;
}

/** An OpenAPI document, as far as it is read here. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: OpenApiValue;
}

/** An operation of an {@link OpenApiDocument}. */
export interface Operation {
  readonly summary: string;
  readonly security: readonly OpenApiValue[];
  readonly parameters: readonly OpenApiParameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: OpenApiContent };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly headers?: OpenApiValue; readonly content: OpenApiContent }
    >
  >;
}

/** A parameter of an {@link Operation}. */
export interface OpenApiParameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: OpenApiValue;
}

/** Content of a body in an OpenAPI document. */
export type OpenApiContent = Readonly<Record<'application/json', { readonly schema: OpenApiValue }>>;

const SECURITY: Readonly<Record<Access, readonly OpenApiValue[]>> = {
  public: [],
  bearer: [{ bearer: [] }],
  apiKey: [{ apiKey: [] }],
  bearerOrApiKey: [{ bearer: [] }, { apiKey: [] }],
};

const ERROR_SCHEMA = { type: 'object', properties: { error: { type: 'string' } }, required: ['error'] };

/**
 * Builds the OpenAPI document of routes from the schemas that read and write their messages.
 *
 * @throws FourMicaError `ROUTE_UNDOCUMENTED`
 */
export function buildOpenApi({ title, description, routes, documentation }: OpenApiSource): OpenApiDocument {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const { method, url } of routes) {
    const route = documentation[`${method} ${url}`];
    if (route === undefined) {
      throw new FourMicaError('ROUTE_UNDOCUMENTED', `${method} ${url} is not documented`, { method, url });
    }
    const path = url.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(url, route) };
  }
  return {
    openapi: '3.1.0',
    info: { title, version: '1', description },
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
    },
  };
}

function operationOf(url: string, route: RouteDocumentation): Operation {
  const { summary, access, body, answer, query = {}, answerHeaders } = route;
  const pathParameters = [...url.matchAll(/:(\w+)/g)].map(([, name = '']) => ({
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
        ...(answerHeaders === undefined ? {} : { headers: headersOf(answerHeaders) }),
        content: jsonContent(answer === undefined ? { type: 'object' } : wireSchemaOf(answer)),
      },
      default: { description: 'A refusal or a failure.', content: jsonContent(ERROR_SCHEMA) },
    },
  };
}

const headersOf = (headers: Readonly<Record<string, string>>): OpenApiValue =>
  Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );

const jsonContent = (schema: OpenApiValue): OpenApiContent => ({ 'application/json': { schema } });

/** The form of a message as JSON: the wire side of its codecs. */
export function wireSchemaOf(schema: z.core.$ZodType): OpenApiValue {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return withoutEmptyAlternatives(json) as OpenApiValue;
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
