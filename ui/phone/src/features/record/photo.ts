import type { NewPhoto } from '@beehive/shared/api'

/** Enough to read a meter or a sign, small enough for a bad link. */
export const LONGEST_EDGE = 1600

export function fitWithin(width: number, height: number, longest = LONGEST_EDGE): { width: number; height: number } {
  const factor = Math.min(1, longest / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) }
}

export const photoUrl = (photo: NewPhoto) => `data:${photo.media};base64,${photo.base64}`

/** Scales a picture down. Drawing it anew also drops what the camera wrote into it, the position among it. */
export async function scalePhoto(file: Blob): Promise<NewPhoto> {
  const url = URL.createObjectURL(file)
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const { width, height } = fitWithin(image.naturalWidth, image.naturalHeight)
    const canvas = document.createElement('canvas')
    canvas.width = width
    canvas.height = height
    const context = canvas.getContext('2d')
    if (!context) throw new Error('no canvas')
    context.drawImage(image, 0, 0, width, height)
    const media = 'image/jpeg'
    const data = canvas.toDataURL(media, 0.8)
    return { media, base64: data.slice(data.indexOf(',') + 1) }
  } finally {
    URL.revokeObjectURL(url)
  }
}
