declare module 'virtual:katex-css' {
  const path: string; // under the app's base
  export default path;
}
declare module 'katex' {
  export function render(tex: string, into: HTMLElement, options: Record<string, unknown>): void;
}

declare const __VERSION__: string | undefined; // of the server that this build belongs to (vite.config.ts)
