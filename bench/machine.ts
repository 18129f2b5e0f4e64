import { readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { packageRoot } from '../src/platform/places'

/** What the figures were measured on. */
export interface Machine {
  cpu: string
  cores: number
  memoryGb: number
  system: string
  /** Load averages of the last minute, where the system has them: before and after. */
  load: number[]
  /** Best 1024³ matrix product of each engine, GFLOPS. */
  matmulGflops: Record<string, number>
}

/** This machine. */
export const thisMachine = (): Machine => ({
  cpu: os.cpus()[0]?.model ?? 'unknown',
  cores: os.availableParallelism(),
  memoryGb: Math.round(os.totalmem() / 2 ** 30),
  system: `${os.platform()} ${os.release()} ${os.arch()}`,
  load: [os.loadavg()[0]],
  matmulGflops: {},
})

/** Versions of what this process knows. */
export const ownVersions = (): Record<string, string> => {
  const root = packageRoot()
  const versionOf = (file: string): string | undefined => {
    try {
      return (JSON.parse(readFileSync(path.join(root, file), 'utf8')) as { version: string }).version
    } catch {
      return undefined
    }
  }
  return {
    lidvae: versionOf('package.json') ?? 'unknown',
    node: process.versions.node,
    tfjs: versionOf('node_modules/@tensorflow/tfjs/package.json') ?? 'none',
    'tfjs-node': versionOf('node_modules/@tensorflow/tfjs-node/package.json') ?? 'none',
  }
}
