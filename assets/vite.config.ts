import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';
import { katex } from './build/katex.mjs';
import { whinchat } from './build/plugin.mjs';

const lazyParts = /\/src\/js\/(people\/|md\/(?!code-text)|state\/(removal|launched|prompts|synced|merge)\.ts|ui\/(settings|model-picker|install-hint|palette|shortcuts|selection|more-words|message-more|search|upload-bar|add-files|attach-area|attached|picture-view|preview|prompts|saved-prompts|remove-for-good|recorder|speaker|sentences)\.tsx?|i18n\/(?!en\.json))/;
const isCore = (id: string): boolean => /\/node_modules\/@?preact|preload-helper|rolldown.runtime/.test(id) || (id.includes('/src/js/') && !lazyParts.test(id));

// The version is the server's: one number for both, so that a page can notice that it is older.
const version = /kVersion\S*\s*=?\s*"([^"]+)"/.exec(readFileSync(new URL('../src/version.h', import.meta.url), 'utf8'))?.[1];
if (!version) throw new Error('src/version.h names no version');

// Two pages share one bundle: `/` (index.html, also the shell for /c/ID) and `/chat` (chat.html).
// One build serves under any base path: scripts and styles name each other relatively, pages and the manifest name files
// from "/", where the server puts its BASE_PATH in front (src/api/static_files.cpp).
export default defineConfig({
  experimental: { renderBuiltUrl: (name, { hostType }) => (hostType === 'html' ? `/${name}` : { relative: true }) },
  define: { __VERSION__: JSON.stringify(version) },
  json: { stringify: true }, // languages are objects, not two hundred exports
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox128', 'safari17.5'], // light-dark() stays as it is
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false, resolveDependencies: (file, names) => names.filter((name) => name !== file) }, // what is imported is not also preloaded
    reportCompressedSize: false,
    rollupOptions: {
      experimental: { chunkOptimization: false }, // merged parts need a helper, and that a file which everything waits for
      input: { index: 'index.html', chat: 'chat.html' },
      output: {
        // One file for the first screen beside its entry, not one for each module that a lazy part shares with it.
        codeSplitting: { groups: [{ name: 'core', test: isCore }] },
        chunkFileNames: (chunk) => /\/i18n\/[a-z]{2}\.json$/.test(chunk.facadeModuleId ?? '') ? 'assets/words-[name]-[hash].js' : (chunk.facadeModuleId?.endsWith('/md/index.ts') ? 'assets/md-[hash].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  plugins: [katex(), whinchat()],
});
