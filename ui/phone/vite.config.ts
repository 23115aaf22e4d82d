import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // One dist serves the app shell and the loopback host, wherever either mounts it.
  base: './',
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    // Cheap phones keep the system browser they came with for years.
    target: ['chrome87', 'safari14'],
    cssTarget: ['chrome87', 'safari14'],
    // The hosts forbid inline code; small files would otherwise be inlined as data addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 400,
  },
})
