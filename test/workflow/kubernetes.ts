import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { argumentsOf, listen, snakemake } from './snakemake'

/** What of a manifest is looked at. */
export interface Manifest {
  kind: string
  type?: string
  data?: Record<string, string>
  spec?: { template: { spec: PodSpec } }
}

interface PodSpec {
  containers: {
    image: string
    args: string[]
    env?: { name: string; valueFrom?: { secretKeyRef: { key: string; name: string } } }[]
    resources: { requests: Record<string, string> }
    volumeMounts: { name: string; mountPath: string }[]
  }[]
  volumes: { name: string; persistentVolumeClaim?: { claimName: string } }[]
}

const KINDS: Record<string, { kind: string; apiVersion: string }> = {
  secrets: { kind: 'Secret', apiVersion: 'v1' },
  jobs: { kind: 'Job', apiVersion: 'batch/v1' },
}

const python = path.join(path.dirname(snakemake), 'python')
/** Schemas of the API, of the versions 1.22 to 1.37, as a package. */
const VALIDATOR = 'kubernetes-validate==1.37.0'
/** The version whose schemas are asked. */
const API = '1.36.0'
/** Fails where an installation was cut off, too. */
const CHECK = "from kubernetes_validate.utils import latest_version as v; assert v() >= '1.36'"

/** Has the schemas of the API beside Snakemake; in words why not, where they cannot be had. */
export function prepareSchemas(): string | undefined {
  const run = (...args: string[]) => spawnSync(python, args, { encoding: 'utf8', timeout: 300_000 })
  if (run('-c', CHECK).status === 0) return undefined
  const { status, stderr } = run('-m', 'pip', 'install', '-q', VALIDATOR)
  return status === 0 ? undefined : `the schemas cannot be had here: ${stderr.trim().split('\n').pop()}`
}

/** What is wrong with a manifest by the schemas of the API, with unknown fields refused; '' if nothing is. */
export function faultsOf(manifest: Manifest, folder: string): string {
  const file = path.join(folder, 'manifest.json')
  writeFileSync(file, JSON.stringify(manifest))
  const args = ['-m', 'kubernetes_validate', '--strict', '-k', API, file]
  const { status, stdout, stderr } = spawnSync(python, args, { encoding: 'utf8' })
  return status === 0 ? '' : `${stdout}${stderr}`
}

/**
 * Runs the workflow against something that takes manifests as a cluster's API does and runs none of them, until a job
 * has been handed in.
 *
 * @returns the manifests, and what Snakemake said
 */
export async function manifestsOf(
  folder: string,
  config: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ manifests: Manifest[]; said: string }> {
  const manifests: Manifest[] = []
  const api = createServer((request, response) => void answer(request, response, manifests))
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve))
  const kubeconfig = path.join(folder, 'kubeconfig')
  writeFileSync(kubeconfig, kubeconfigOf(`http://127.0.0.1:${(api.address() as AddressInfo).port}`))
  const volume = path.join(folder, 'volume')
  mkdirSync(volume)
  const args = [...argumentsOf(folder, 'kubernetes', config), '--default-storage-prefix', volume]
  const child = spawn(snakemake, args, { env: { ...env, KUBECONFIG: kubeconfig }, stdio: 'pipe' })
  const said = listen(child)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  while (child.exitCode === null && !manifests.some(({ kind }) => kind === 'Job'))
    await new Promise((resolve) => setTimeout(resolve, 50))
  child.kill('SIGKILL')
  await ended
  api.closeAllConnections()
  api.close()
  return { manifests, said: said() }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  manifests: Manifest[],
): Promise<void> {
  let text = ''
  for await (const part of request) text += String(part)
  const kind = KINDS[request.url!.split('?')[0].split('/').at(-1)!]
  const body = { ...kind, ...(text === '' ? {} : (JSON.parse(text) as object)) }
  if (request.method === 'POST' && kind) manifests.push(body)
  response.writeHead(request.method === 'POST' ? 201 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ status: {}, ...body }))
}

const kubeconfigOf = (server: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    users: [{ name: 'test', user: {} }],
  })
