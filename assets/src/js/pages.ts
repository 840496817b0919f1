// Which addresses are pages of the app, below its base and in its own terms (state/router.ts says which). The service worker
// answers for these alone: other applications may live beside this one on the same host, below it too.

export const isPage = (pathname: string): boolean =>
  /^\/(?:index\.html|chat\.html|(?:chat|temporary|open|share|login|setup|register|c\/[\w-]{1,64}|(?:account|admin)(?:\/[a-z]{1,20})?)?\/?)$/.test(pathname);
