import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Words about days depend on where midnight is, and that is in the street, whatever the machine's zone: one that is far from it shows.
process.env.TZ = 'UTC'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./phone/src', import.meta.url)) } },
  test: { include: ['shared/src/**/*.test.ts', 'phone/src/**/*.test.ts', 'phone/test/**/*.test.ts'], environment: 'node' },
})
