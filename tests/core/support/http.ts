/** What the core answered; `body` is the JSON that every answer has to be. */
export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly body: Body;
}

export async function get<Body = Record<string, unknown>>(url: string): Promise<Answer<Body>> {
  return read(await fetch(url));
}

export const post = <Body = Record<string, unknown>>(url: string, body: unknown): Promise<Answer<Body>> =>
  postText(url, JSON.stringify(body));

export async function postText<Body = Record<string, unknown>>(
  url: string,
  text: string,
  contentType = 'application/json',
): Promise<Answer<Body>> {
  return read(await fetch(url, { method: 'POST', headers: { 'content-type': contentType }, body: text }));
}

/** Sends a request with headers of one's own. */
export async function call<Body = Record<string, unknown>>(
  url: string,
  method: 'GET' | 'POST',
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<Answer<Body>> {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  return read(await fetch(url, { method, headers: { ...type, ...headers }, ...content }));
}

/** Reads a list in the parts that its Link headers lead to. */
export async function partsOf(url: string): Promise<unknown[][]> {
  const response = await fetch(url);
  const part = (await response.json()) as unknown[];
  const [, next] = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '') ?? [];
  return next === undefined ? [part] : [part, ...(await partsOf(new URL(next, url).href))];
}

async function read<Body>(response: Response): Promise<Answer<Body>> {
  const type = response.headers.get('content-type') ?? '';
  const text = await response.text();
  if (!type.startsWith('application/json')) throw new Error(`expected JSON, got ${type}: ${text}`);
  return { status: response.status, body: JSON.parse(text) as Body };
}
