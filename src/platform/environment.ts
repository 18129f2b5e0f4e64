// The environment variables that users can set, read at each call, so that changes take effect.

import { ArgumentError } from '../base/errors'

/** TensorFlow's thread settings in the environment: within an operation, and for operations in parallel. */
export interface EnvironmentThreads {
  intra?: string
  inter?: string
}

/** `LIDVAE_ENGINE`: the engine requested by name. */
export const askedEngine = (): string | undefined => process.env.LIDVAE_ENGINE

/** `LIDVAE_CACHE`: the folder for downloads, the prepared engine and runs. */
export const askedCache = (): string | undefined => process.env.LIDVAE_CACHE

/** `LIDVAE_DATA`: the folder of data sets. */
export const askedData = (): string | undefined => process.env.LIDVAE_DATA

/** `LIDVAE_HEADLESS=1`: a notebook that runs without a viewer. */
export const isHeadless = (): boolean => process.env.LIDVAE_HEADLESS === '1'

/** `TF_ENABLE_ONEDNN_OPTS`: whether TensorFlow uses oneDNN. */
export const oneDnnSetting = (): string | undefined => process.env.TF_ENABLE_ONEDNN_OPTS

/**
 * `TF_NUM_INTRAOP_THREADS` and `TF_NUM_INTEROP_THREADS`.
 *
 * @throws ArgumentError for what is no number of threads: TensorFlow would take its default, without a word.
 */
export function tensorFlowThreads(): EnvironmentThreads {
  return { intra: threadsOf('TF_NUM_INTRAOP_THREADS'), inter: threadsOf('TF_NUM_INTEROP_THREADS') }
}

function threadsOf(name: string): string | undefined {
  const given = process.env[name]
  if (given && !isThreadCount(given)) throw new ArgumentError(name, given, 'an integer from 0 to 999')
  return given
}

/** Whether a text is a number of threads, 0 to 999: starting thousands takes longer than anyone waits. */
export const isThreadCount = (text: unknown): boolean => typeof text === 'string' && /^\d{1,3}$/.test(text)

/** Sets them for TensorFlow, which reads them when its library loads; omitted ones stay. */
export function setTensorFlowThreads({ intra, inter }: EnvironmentThreads): void {
  if (intra !== undefined) process.env.TF_NUM_INTRAOP_THREADS = intra
  if (inter !== undefined) process.env.TF_NUM_INTEROP_THREADS = inter
}

/** A common variable such as `http_proxy`, in lower or upper case. */
export const sharedVariable = (name: string): string | undefined =>
  process.env[name] || process.env[name.toUpperCase()]

/** Milliseconds between two updates of a live chart in a notebook. */
export const LIVE_INTERVAL: number = 400
