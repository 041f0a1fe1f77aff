import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  server: { proxy: { '/api': 'http://127.0.0.1:4318' } },
  build: {
    // The first versions with light-dark(), on which both themes are built.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // No data: addresses, so the server may forbid them: font-src and img-src stay 'self'.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
