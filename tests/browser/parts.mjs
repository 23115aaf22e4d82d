// What the browser and window tests share: real programs in a folder of their own, and checks that are counted.

import { spawn, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
export const bin = process.env.BEEHIVE_BIN ?? join(root, 'target/debug')
/** npm packages are those of the ui workspace. */
export const need = createRequire(join(root, 'ui/package.json'))

const running = new Set()
const folder = mkdtempSync(join(tmpdir(), 'beehive-'))

/** Starts a program; resolves with what it writes into its ready file, if it has one. */
export async function start(program, args, { ready, env = {}, group = false } = {}) {
  const readyFile = ready && join(folder, `${ready}.ready`)
  if (readyFile) {
    rmSync(readyFile, { force: true })
    args = [...args, '--ready-file', readyFile]
  }
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env }, detached: group })
  let said = ''
  child.stdout.on('data', (d) => (said += d))
  child.stderr.on('data', (d) => (said += d))
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const program_ = { child, ended, said: () => said, stop: () => stop(program_, group) }
  running.add(program_)
  if (readyFile) {
    program_.address = await until(`${ready} to be ready`, () => {
      if (child.exitCode !== null) throw new Error(`${ready} ended: ${said}`)
      return existsSync(readyFile) && readFileSync(readyFile, 'utf8').trim()
    })
  }
  return program_
}

async function stop(program, group) {
  running.delete(program)
  if (program.child.exitCode !== null || program.child.signalCode !== null) return
  const kill = (signal) => {
    try {
      process.kill(group ? -program.child.pid : program.child.pid, signal)
    } catch {
      // it has ended meanwhile
    }
  }
  kill('SIGTERM')
  const late = setTimeout(() => kill('SIGKILL'), 8_000)
  await program.ended
  clearTimeout(late)
}

/** Polls until something is there; the only waiting these tests do. */
export async function until(what, look, ms = 20_000) {
  const deadline = Date.now() + ms
  let last
  while (Date.now() < deadline) {
    try {
      const found = await look()
      if (found) return found
    } catch (error) {
      last = error
      if (error.fatal) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`waited in vain for ${what}${last ? `: ${last.message}` : ''}`)
}

/** A street with a server; phones are added by name. */
export async function street(called = 'street') {
  const data = (name) => join(folder, called, name)
  mkdirSync(join(folder, called))
  const server = join(bin, 'sync-server')
  const phone = join(bin, 'beehive-phone')
  execFileSync(server, ['--data', data('server'), 'init', '--demo', 'small'])
  const serving = await start(server, ['--data', data('server'), 'serve', '--listen', '127.0.0.1:0'], { ready: `${called}-server` })
  return {
    data,
    url: `http://${serving.address}`,
    invite: (member) =>
      execFileSync(server, ['--data', data('server'), 'invite', member, '--url', `http://${serving.address}`], { encoding: 'utf8' }).trim(),
    admin: (...args) => execFileSync(server, ['--data', data('server'), ...args], { encoding: 'utf8' }),
    phone: async (name) => {
      const ui = join(root, 'ui/phone/dist')
      const args = ['--data', data(name), 'serve', '--listen', '127.0.0.1:0', '--ui', ui]
      const host = await start(phone, args, { ready: `${called}-${name}` })
      return { ...host, url: `http://${host.address}/` }
    },
  }
}

export function output(name) {
  const dir = join(process.env.BEEHIVE_SCREENS ?? join(root, 'target/screens'), name)
  mkdirSync(dir, { recursive: true })
  return dir
}

let passed = 0
let failed = 0

/** One check with a name; a failure does not stop the others. */
export async function check(name, what) {
  const begun = performance.now()
  const took = () => `${((performance.now() - begun) / 1000).toFixed(1)} s`
  try {
    await what()
    passed += 1
    console.log(`ok   ${name} (${took()})`)
  } catch (error) {
    failed += 1
    console.log(`FAIL ${name} (${took()})\n     ${String(error.stack ?? error).split('\n').slice(0, 6).join('\n     ')}`)
  }
}

export function equal(actual, expected, what) {
  if (actual !== expected) throw new Error(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(actual)}`)
}

/** Stops everything, says the counts and ends. */
export async function finish() {
  await Promise.all([...running].map((p) => p.stop()))
  rmSync(folder, { recursive: true, force: true })
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed || !passed ? 1 : 0)
}

process.on('exit', () => {
  for (const p of running) {
    try {
      process.kill(p.child.pid, 'SIGKILL')
    } catch {
      // gone already
    }
  }
})
