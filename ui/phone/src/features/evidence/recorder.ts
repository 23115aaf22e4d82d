import { onBeforeUnmount, ref } from 'vue'

/** The engine's own limit; recording ends by itself before it is reached. */
export const MAX_SECS = 120
/** What phones record with, the smallest first. */
const KINDS = ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus']

export interface Sound {
  blob: Blob
  media: string
  secs: number
}

/** Records one voice note at a time. The microphone is open only while it records. */
export function useRecorder(done: (sound: Sound) => void) {
  const running = ref(false)
  const secs = ref(0)
  let recorder: MediaRecorder | null = null
  let ticking = 0
  let wanted = true

  const possible = () => typeof MediaRecorder !== 'undefined' && !!navigator.mediaDevices?.getUserMedia

  /** Throws if there is no microphone or it may not be used. */
  async function start(): Promise<void> {
    if (running.value) return
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
    const kind = KINDS.find((k) => MediaRecorder.isTypeSupported(k))
    const pieces: Blob[] = []
    recorder = new MediaRecorder(stream, { ...(kind ? { mimeType: kind } : {}), audioBitsPerSecond: 24_000 })
    const began = performance.now()
    const length = () => (performance.now() - began) / 1000
    wanted = true
    recorder.ondataavailable = (event) => void pieces.push(event.data)
    recorder.onstop = () => {
      stream.getTracks().forEach((track) => track.stop())
      clearInterval(ticking)
      running.value = false
      const media = (recorder?.mimeType ?? kind ?? '').split(';')[0] ?? ''
      const blob = new Blob(pieces, { type: media })
      if (wanted && blob.size > 0) done({ blob, media, secs: Math.max(1, Math.round(length())) })
    }
    recorder.start()
    running.value = true
    secs.value = 0
    ticking = window.setInterval(() => {
      secs.value = Math.floor(length())
      if (length() >= MAX_SECS - 1) stop()
    }, 200)
  }

  function stop(): void {
    if (recorder?.state === 'recording') recorder.stop()
  }

  // A form that is left keeps no half of a sound, and no open microphone.
  onBeforeUnmount(() => {
    wanted = false
    stop()
  })
  return { running, secs, possible, start, stop }
}
