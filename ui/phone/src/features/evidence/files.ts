import type { FileHash } from '@beehive/shared/api'
import { ask } from '@/backend'

// Pictures and sounds as addresses a page can show. A file's name is its content, so what was read once stays right.

/** Small pictures are a few kilobytes, originals a few hundred: enough for a long list, and no more memory than that. */
const KEPT = 80
const known = new Map<string, string>()

function keep(hash: FileHash, url: string): string {
  known.delete(hash)
  known.set(hash, url)
  for (const oldest of known.keys()) {
    if (known.size <= KEPT) break
    known.delete(oldest)
  }
  return url
}

/** The file, if it is on this phone; with `fetch` also from the server. Throws what the engine says. */
export async function fileUrl(hash: FileHash, fetch = false): Promise<string> {
  const here = known.get(hash)
  if (here) return keep(hash, here)
  const file = await ask({ do: fetch ? 'fetch_file' : 'file', hash }, 'file')
  return keep(hash, `data:${file.media};base64,${file.base64}`)
}

/** The bytes of a file as base64. */
export async function base64Of(file: Blob): Promise<string> {
  const url = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result))
    reader.onerror = () => reject(reader.error ?? new Error('unreadable'))
    reader.readAsDataURL(file)
  })
  return url.slice(url.indexOf(',') + 1)
}
