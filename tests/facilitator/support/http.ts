/** An answer whose body has to be JSON. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export const get = async (url: string): Promise<Answer> => read(await fetch(url));

export const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  postText(url, JSON.stringify(body), { 'content-type': 'application/json', ...headers });

export const postText = async (url: string, text: string, headers: Record<string, string>): Promise<Answer> =>
  read(await fetch(url, { method: 'POST', headers, body: text }));

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith('application/json')) throw new Error(`expected JSON, got ${type}: ${text}`);
  return { status: response.status, body: JSON.parse(text) as Record<string, unknown> };
}

/** Asks again until the answer is what is expected, and fails with the last answer after a minute. */
export async function until<T>(
  ask: () => Promise<T>,
  isExpected: (answer: T) => boolean,
  what: string,
): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await ask();
    if (isExpected(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`${what} did not come true; last: ${String(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
