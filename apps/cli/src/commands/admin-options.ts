/** Options and examples that the commands of administrators share. */
export const CORE_OPTION = [
  '--core <url>',
  'URL of the core (default: CORE_URL, or http://127.0.0.1:3000)',
] as const;
export const JSON_OPTION = ['--json', 'print JSON'] as const;
/** How examples pass the key. */
export const ENVIRONMENT = 'CORE_ADMIN_API_KEY_FILE=/run/secrets/admin-key';
