import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { AutoSync } from './autosync'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function make(unsent = () => false) {
  const runs: Array<() => void> = []
  const run = vi.fn(() => new Promise<void>((done) => void runs.push(done)))
  let enabled = true
  const sync = new AutoSync({ run, unsent, enabled: () => enabled })
  return { sync, run, finish: async () => (runs.shift()?.(), await vi.advanceTimersByTimeAsync(0)), disable: () => (enabled = false) }
}

it('gathers a burst of saves into one exchange', async () => {
  const { sync, run } = make()
  for (let i = 0; i < 5; i++) {
    sync.soon()
    await vi.advanceTimersByTimeAsync(100)
  }
  expect(run).toHaveBeenCalledTimes(0)
  await vi.advanceTimersByTimeAsync(400)
  expect(run).toHaveBeenCalledTimes(1)
})

it('never runs two exchanges at once and grants a wish that came meanwhile', async () => {
  const { sync, run, finish } = make()
  sync.now()
  sync.now()
  sync.now()
  expect(run).toHaveBeenCalledTimes(1)
  await finish()
  expect(run).toHaveBeenCalledTimes(2)
  await finish()
  expect(run).toHaveBeenCalledTimes(2)
})

it('tries every minute only while something is unsent', async () => {
  let unsent = false
  const { sync, run, finish } = make(() => unsent)
  const target = new EventTarget()
  sync.start(target, target)
  await finish()
  await vi.advanceTimersByTimeAsync(180_000)
  expect(run).toHaveBeenCalledTimes(1)
  unsent = true
  await vi.advanceTimersByTimeAsync(60_000)
  expect(run).toHaveBeenCalledTimes(2)
})

it('goes at once when signal comes back, and not at all when it must not', async () => {
  const { sync, run, finish, disable } = make()
  const target = new EventTarget()
  sync.start(target, target)
  await finish()
  target.dispatchEvent(new Event('online'))
  expect(run).toHaveBeenCalledTimes(2)
  await finish()
  disable()
  target.dispatchEvent(new Event('online'))
  expect(run).toHaveBeenCalledTimes(2)
})
