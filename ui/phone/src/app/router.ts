import { sheets } from '@beehive/shared/sheets'
import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'
import EnrollPage from '@/features/enroll/EnrollPage.vue'
import ListsPage from '@/features/lists/ListsPage.vue'
import LookPage from '@/features/look/LookPage.vue'
import MatterPage from '@/features/matter/MatterPage.vue'
import MePage from '@/features/me/MePage.vue'
import RecordPage from '@/features/record/RecordPage.vue'
import TodayPage from '@/features/today/TodayPage.vue'
import { status } from './status'

declare module 'vue-router' {
  interface RouteMeta {
    /** One of the places of the bottom bar. */
    tab?: boolean
    /** Shows the way back in the strip. */
    back?: boolean
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/', component: TodayPage, meta: { tab: true } },
  { path: '/lists', component: ListsPage, meta: { tab: true } },
  { path: '/me', component: MePage, meta: { tab: true } },
  { path: '/record', component: RecordPage, meta: { back: true } },
  { path: '/matter/:id', component: MatterPage, props: true, meta: { back: true } },
  { path: '/look', component: LookPage, meta: { back: true } },
  { path: '/enroll', component: EnrollPage },
  // The same for a phone that has joined: again, or another street.
  { path: '/join', component: EnrollPage, meta: { back: true } },
  { path: '/:rest(.*)*', redirect: '/' },
]

// Hash addresses need nothing from the host that serves the page.
export const router = createRouter({ history: createWebHashHistory(), routes })

router.beforeEach((to) => {
  // The phone's back key closes what lies on top before it leaves the page.
  if (sheets.closeTop()) return false
  const enrolled = status.value?.connection !== 'not_enrolled'
  if (!enrolled && to.path !== '/enroll') return '/enroll'
  if (enrolled && to.path === '/enroll') return '/'
  return true
})
