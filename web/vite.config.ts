import { defineConfig } from 'vitest/config';

// Everything the pages load comes from here. The program embeds `dist/` and finds the hashed
// names in `dist/.vite/manifest.json` under the keys listed in `input`, for example
// `"src/live.ts": {"file": "assets/live-….js"}`. A new entry point is one more line.
export default defineConfig({
  base: '/',
  publicDir: false,
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    manifest: true,
    // Nothing inline: the pages' security policy allows scripts and styles from their own origin only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ['src/live.ts', 'src/history.ts', 'src/verify.ts', 'src/style.css', 'src/desk.css'],
    },
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
  },
});
