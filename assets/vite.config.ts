import { defineConfig } from 'vite';
import { whinchat } from './build/plugin.mjs';

// Two pages share one bundle: `/` (index.html, also the shell for /c/ID) and `/chat` (chat.html).
export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox128', 'safari17.5'], // light-dark() stays as it is
    outDir: 'dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: { input: { index: 'index.html', chat: 'chat.html' } },
  },
  plugins: [whinchat()],
});
