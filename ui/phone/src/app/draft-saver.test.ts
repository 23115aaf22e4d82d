import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { DRAFT_PAUSE, DraftSaver } from './draft-saver'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('gathers a burst of changes and saves the last one within 300 ms', async () => {
  expect(DRAFT_PAUSE).toBeLessThanOrEqual(300)
  const save = vi.fn(async () => undefined)
  const saver = new DraftSaver<string>(save)
  saver.change('五')
  saver.change('五楼')
  saver.change('五楼过道')
  await vi.advanceTimersByTimeAsync(DRAFT_PAUSE - 1)
  expect(save).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(save.mock.calls).toEqual([['五楼过道']])
})

it('flushes in the same turn, because a page that goes away gets no other one', () => {
  const save = vi.fn(async () => undefined)
  const saver = new DraftSaver<string>(save)
  saver.change('写到一半')
  void saver.flush()
  expect(save.mock.calls).toEqual([['写到一半']])
})

it('does not save twice what was flushed', async () => {
  const save = vi.fn(async () => undefined)
  const saver = new DraftSaver<string>(save)
  saver.change('a')
  await saver.flush()
  await vi.advanceTimersByTimeAsync(DRAFT_PAUSE * 2)
  expect(save).toHaveBeenCalledTimes(1)
})

it('keeps the order when a save is slow: the newest state is the last one written', async () => {
  const written: string[] = []
  const delays: Record<string, number> = { old: 500, new: 10 }
  const saver = new DraftSaver<string>(
    (body) => new Promise((done) => setTimeout(() => (written.push(body), done()), delays[body])),
  )
  saver.change('old')
  void saver.flush()
  saver.change('new')
  void saver.flush()
  await vi.advanceTimersByTimeAsync(2_000)
  expect(written).toEqual(['old', 'new'])
})

it('saves nothing after it was stopped, and stopping waits for a save under way', async () => {
  const written: string[] = []
  const saver = new DraftSaver<string>((body) => new Promise((done) => setTimeout(() => (written.push(body), done()), 100)))
  saver.change('under way')
  void saver.flush()
  saver.change('too late')
  let stopped = false
  void saver.stop().then(() => (stopped = true))
  await vi.advanceTimersByTimeAsync(50)
  expect(stopped).toBe(false)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(stopped).toBe(true)
  saver.change('much too late')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(written).toEqual(['under way'])
})

it('goes on after a save that failed', async () => {
  const save = vi.fn(async (body: string) => {
    if (body === 'a') throw new Error('disk')
  })
  const saver = new DraftSaver<string>(save)
  saver.change('a')
  await saver.flush()
  saver.change('b')
  await saver.flush()
  expect(save.mock.calls.map((c) => c[0])).toEqual(['a', 'b'])
})
