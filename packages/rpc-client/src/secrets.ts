const SHORTEST_SECRET = 8;

/** Takes the secrets of a request out of an answer: a service may repeat what it was sent. */
export const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .reduce((rest, secret) => rest.replaceAll(secret, '(secret)'), text);
