import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

// Words about days depend on where midnight is: the street's own time zone, whatever the machine's.
process.env.TZ = 'Asia/Shanghai'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./phone/src', import.meta.url)) } },
  test: { include: ['shared/src/**/*.test.ts', 'phone/src/**/*.test.ts', 'phone/test/**/*.test.ts'], environment: 'node' },
})
