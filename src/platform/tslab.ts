/** One Jupyter output in several formats; each viewer picks the best that it supports. */
export interface Bundle {
  data: Record<string, unknown>
  metadata: Record<string, unknown>
}

/**
 * Shows an output below the running cell; with `id` it can be changed later: `update` replaces the one shown
 * under it.
 */
export type Channel = (content: Bundle, id: string | undefined, update: boolean) => void

interface TslabModule {
  filename: string
  exports?: {
    lastWriteDisplayData?: ((message: object, update: boolean) => void) | null
    display?: { raw?: (format: string, content: unknown) => void }
  }
}

/** The channel to the notebook if this process is tslab, found by its loaded modules. */
export function tslabChannel(): Channel | undefined {
  const loaded = Object.values(require.cache) as (TslabModule | undefined)[]
  const tslab = loaded.filter((m) => m && /[\\/]tslab[\\/]dist[\\/]\w+\.js$/.test(m.filename ?? ''))
  const inside = tslab.find((m) => m?.exports?.lastWriteDisplayData)
  if (inside)
    return ({ data, metadata }, id, update) =>
      inside.exports?.lastWriteDisplayData?.(
        { data, metadata, transient: id ? { display_id: id } : {} },
        update,
      )
  // Another version of tslab: its public function takes one format only, so the richest.
  const open = tslab.find((m) => typeof m?.exports?.display?.raw === 'function')
  return open && (({ data }) => open.exports?.display?.raw?.(...Object.entries(data)[0]))
}
