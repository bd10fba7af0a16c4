import { defineConfig } from 'vite';

// The server's content policy allows files of its own only: nothing is inlined, no data: addresses.
export default defineConfig({
    esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
    build: {
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        target: 'es2021',
        reportCompressedSize: false,
    },
});
