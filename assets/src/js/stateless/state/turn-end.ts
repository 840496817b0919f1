// The code under which a failure is kept. A network that was there and went away is "cut"; one that never answered is
// "offline". Codes of the server are taken as they are.

import type { ApiError } from '../../api-error.ts';

export function codeOf(error: ApiError): string {
  if (error.code === 'http' && error.status >= 500) return 'internal';
  return error.code;
}
