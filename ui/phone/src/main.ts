import 'vant/es/style/css-variables.css'
import 'vant/es/style/base.css'
import '@beehive/shared/tokens.css'
import '@beehive/shared/base.css'
import { createApp } from 'vue'
import App from './App.vue'
import { refreshMe } from './app/me'
import { startClock } from './app/now'
import { router } from './app/router'
import { startStatus } from './app/status'
import { startNetwork } from './features/evidence/network'
import { findBackend, provideBackend } from './backend'

async function start(): Promise<void> {
  // Left out of a production build: there is only the real engine.
  if (import.meta.env.DEV && location.search.includes('fake')) {
    provideBackend((await import('../test/fake/backend')).fakeBackend(location.search))
  } else {
    provideBackend(await findBackend())
  }
  startClock()
  startNetwork()
  await startStatus()
  // Text size and theme before the first picture: nothing jumps, and nobody is blinded at night.
  await refreshMe().catch(() => undefined)
  createApp(App).use(router).mount('#app')
}

void start()
