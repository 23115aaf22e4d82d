// A picture that the engine cannot look into (HEIC, AVIF), as this page's own decoder sees it. WebKit and newer web views can; where
// none can, the file is kept as it is.

/** The longer side of a copy, in pixels: more than the engine keeps, and no more than a canvas holds. */
const SIDE = 4096
const QUALITY = 0.92

/** Whether the bytes are a file of boxes with a picture in it, and not one of the kinds that the engine reads itself. */
export async function needsCopy(file: Blob): Promise<boolean> {
  const head = new Uint8Array(await file.slice(0, 12).arrayBuffer())
  const word = (from: number) => String.fromCharCode(...head.subarray(from, from + 4))
  return word(4) === 'ftyp' && /^(hei|hev|mif|msf|mia|avi)/.test(word(8))
}

/** The picture as a JPEG; nothing if this page cannot show it. Never throws: the file itself is kept then. */
export async function copyOf(file: Blob): Promise<Blob | undefined> {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: 'from-image' })
    const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height))
    const canvas = document.createElement('canvas')
    canvas.width = Math.round(picture.width * scale)
    canvas.height = Math.round(picture.height * scale)
    canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
    picture.close()
    return await new Promise((resolve) => canvas.toBlob((made) => resolve(made ?? undefined), 'image/jpeg', QUALITY))
  } catch {
    return undefined
  }
}
