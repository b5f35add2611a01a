const CENSORED = '[secret]';
/** Shorter texts would also occur where they are no secret. */
const MIN_SECRET_LENGTH = 8;
/** Shorter parts of a URL are versions and names. */
const MIN_KEY_LENGTH_IN_URL = 16;

/** Tokens that the services hand out, and what clients send as credentials. */
const CREDENTIALS = [
  'eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+',
  'refresh_[0-9a-f]{64}',
  'ak_[0-9a-f]{32}\\.[0-9a-f]{64}',
  '(?<=[Bb]earer )[^"\\\\\\s]{16,}',
];

/**
 * Makes a function that replaces secrets in a text: the given ones, with and without `0x` and as JSON escapes them, and
 * every token and API key by its form.
 */
export function secretFilter(secrets: readonly string[]): (text: string) => string {
  const texts = [...new Set(secrets.flatMap(spellings))]
    .filter((text) => text.length >= MIN_SECRET_LENGTH)
    .sort((a, b) => b.length - a.length)
    .map(escapeForRegExp);
  const pattern = new RegExp([...texts, ...CREDENTIALS].join('|'), 'gi');
  return (text) => text.replace(pattern, CENSORED);
}

/**
 * Lists what is secret in a URL: the whole of it when it has a user or a path, the password, and long parts of path and
 * query, which hold the key at many providers of Ethereum nodes. Host and port may be told.
 */
export function secretsOfUrl(url: string | undefined): string[] {
  if (url === undefined || !URL.canParse(url)) return [];
  const { username, password, pathname, search } = new URL(url);
  const isPlain = username === '' && password === '' && pathname.length <= 1 && search === '';
  if (isPlain) return [];
  const keys = `${pathname}${search}`.split(/[/?&=]/).filter((part) => part.length >= MIN_KEY_LENGTH_IN_URL);
  return [url, password, decoded(password), ...keys].filter((text) => text !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function spellings(secret: string): string[] {
  const bare = secret.replace(/^0x/i, '');
  return [secret, bare, JSON.stringify(secret).slice(1, -1)];
}

const escapeForRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
