import type { ApiError, Event, Request, Response } from '@beehive/shared/api'

/** What carries requests to the engine. No rules live here. */
export interface Backend {
  /** Resolves with the answer, `error` answers included; rejects only when no answer came at all. */
  call(request: Request): Promise<Response>
  onEvent(listener: (event: Event) => void): () => void
}

/** The engine said that it could not be done; `message` and `hint` are for people. */
export class RefusedByEngine extends Error {
  readonly code: string
  readonly hint: string
  constructor(error: ApiError) {
    super(error.message)
    this.name = 'RefusedByEngine'
    this.code = error.code
    this.hint = error.hint
  }
}

/** No answer came: the engine is not there, or this page's token is from before its restart. */
export class NoAnswer extends Error {
  readonly why: 'unreachable' | 'token'
  constructor(why: 'unreachable' | 'token', cause?: unknown) {
    super(why, { cause })
    this.name = 'NoAnswer'
    this.why = why
  }
}

export type Answer<K extends Response['is']> = Extract<Response, { is: K }>

/** Asks and narrows: an `error` answer is thrown, any other unexpected kind is a fault of the program. */
export async function ask<K extends Response['is']>(backend: Backend, request: Request, is: K): Promise<Answer<K>> {
  const response = await backend.call(request)
  if (response.is === 'error') throw new RefusedByEngine(response.error)
  if (response.is !== is) throw new Error(`asked ${request.do}, expected ${is}, got ${response.is}`)
  return response as Answer<K>
}
