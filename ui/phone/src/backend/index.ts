import type { Request, Response } from '@beehive/shared/api'
import { ask as askOf, type Answer, type Backend } from './backend'

export { NoAnswer, RefusedByEngine, type Answer, type Backend } from './backend'

let current: Backend | undefined

export function provideBackend(backend: Backend): void {
  current = backend
}

export function backend(): Backend {
  if (!current) throw new Error('no backend provided')
  return current
}

/** The question every screen asks with. */
export function ask<K extends Response['is']>(request: Request, is: K): Promise<Answer<K>> {
  return askOf(backend(), request, is)
}

/** Chooses the carrier by where this page runs. */
export async function findBackend(): Promise<Backend> {
  if ('__TAURI_INTERNALS__' in window) return (await import('./tauri')).tauriBackend()
  const token = document.querySelector<HTMLMetaElement>('meta[name="beehive-token"]')?.content ?? ''
  return (await import('./http')).httpBackend(token)
}
