const agent = (): { hardwareConcurrency?: number; userAgent?: string } =>
  (globalThis as { navigator?: object }).navigator ?? {}

export const architecture = 'wasm'

export function processorDescription(): string {
  throw new Error('a browser does not describe its processors')
}

/** A browser is no Node: what runs this is named instead. */
export const nodeVersion = (): string => `none (${agent().userAgent ?? 'a browser'})`

/** What WebAssembly can address. */
export const memoryLimit = (): number => 2 ** 32

export const machine = (): { cpu?: string; cores: number; memory: number; system: string } => ({
  cores: agent().hardwareConcurrency ?? 1,
  memory: memoryLimit(),
  system: agent().userAgent ?? 'a browser',
})

export const withoutNewFatalListeners = (f: () => Promise<void>): Promise<void> => f()
