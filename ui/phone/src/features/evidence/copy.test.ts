import { afterEach, expect, it, vi } from 'vitest'
import { copyOf, needsCopy } from './copy'

const boxes = (brand: string) => new Blob([new Uint8Array([0, 0, 0, 24]), `ftyp${brand}\0\0\0\0`])

afterEach(() => vi.unstubAllGlobals())

it('asks the page for a picture only where the engine cannot look', async () => {
  for (const brand of ['heic', 'heix', 'mif1', 'msf1', 'hevc', 'avif']) expect(await needsCopy(boxes(brand)), brand).toBe(true)
  for (const brand of ['isom', 'M4A ', 'mp42', '3gp4']) expect(await needsCopy(boxes(brand)), brand).toBe(false)
  for (const other of [new Blob([]), new Blob(['GIF89a']), new Blob([new Uint8Array([0xff, 0xd8, 0xff])])]) expect(await needsCopy(other)).toBe(false)
})

it('makes a JPEG where the page can show the picture, and nothing where it cannot', async () => {
  const jpeg = new Blob(['jpeg'], { type: 'image/jpeg' })
  vi.stubGlobal('createImageBitmap', async () => ({ width: 8000, height: 6000, close: () => undefined }))
  const canvas = { width: 0, height: 0, getContext: () => ({ drawImage: () => undefined }), toBlob: (done: (b: Blob) => void) => done(jpeg) }
  vi.stubGlobal('document', { createElement: () => canvas })
  expect(await copyOf(boxes('heic'))).toBe(jpeg)
  expect([canvas.width, canvas.height]).toEqual([4096, 3072])
  vi.stubGlobal('createImageBitmap', async () => Promise.reject(new DOMException('no decoder', 'InvalidStateError')))
  expect(await copyOf(boxes('heic'))).toBeUndefined()
})
