import {
  installKernel,
  jupyterState,
  kernelState,
  pythonIn,
  jupyterFolder,
  prepareJupyter,
} from '../../setup/jupyter'
import { prepareNative } from '../../setup/tensorflow'
import { asObstacle } from '../../setup/tools'
import { storedThreads } from '../../compute/native/threads'
import { askedEngine } from '../../platform/environment'
import { measureThreads } from '../../setup/threads'
import { Part, seconds } from './say'

export interface SetupOptions {
  engineOnly?: boolean
  jupyterOnly?: boolean
  force?: boolean
}

/**
 * `lidvae setup`: prepares the engine, Jupyter and the kernel. A failure is reported and does not stop the
 * others.
 *
 * @returns the exit code: 1 only where notebooks cannot run (Jupyter or kernel), because WASM works without
 *   an engine
 */
export async function setup({ engineOnly, jupyterOnly, force }: SetupOptions = {}): Promise<number> {
  if (!jupyterOnly) await setupEngine(force ?? false)
  return engineOnly ? 0 : setupJupyter()
}

/** Reports only what had to be done: for commands that need what setup prepares. */
export async function setupIfNeeded(): Promise<number> {
  const wanted = askedEngine()
  if (wanted === undefined || wanted === '' || wanted === 'native') await setupEngine(false, true)
  return jupyterState().ready && kernelState().installed ? 0 : setupJupyter()
}

async function setupEngine(force: boolean, quiet = false): Promise<void> {
  const part = new Part('engine')
  const began = Date.now()
  const result = await prepareNative({
    force,
    pythons: [pythonIn(jupyterFolder())],
    onProgress: ({ step, detail, fraction }) => part.now(`${verbs[step]} ${detail}`, fraction),
  })
  part.end()
  if (!result.ready) {
    part.bad(`no native engine: ${result.why}`, result.remedy)
    part.line('  Training runs on WebAssembly instead: the same results, slower.')
    return
  }
  const { tensorflow, from, folder } = result.engine
  const took = result.already ? 'already there' : `prepared in ${seconds((Date.now() - began) / 1000)}`
  if (!quiet || !result.already) part.good(`native TensorFlow ${tensorflow} (${from}), ${took}: ${folder}`)
  if (!storedThreads(folder)) {
    part.now('measuring a training step under different thread settings')
    const [fastest] = await measureThreads(folder)
    part.end()
    if (fastest)
      part.line(
        `  threads: ${fastest.intra} within an operation, ${fastest.inter} in parallel (${fastest.stepMs.toFixed(1)} ms per training step)`,
      )
  }
}

const verbs = {
  wait: 'waiting:',
  download: 'download:',
  verify: 'verifying',
  unpack: 'unpacking',
  compile: 'compiling',
  check: 'trying out',
}

async function setupJupyter(): Promise<number> {
  const part = new Part('jupyter')
  const began = Date.now()
  try {
    const already = jupyterState().ready
    const { folder, versions } = await prepareJupyter((line, minor) => part.now(line, undefined, minor))
    part.end()
    const took = already ? 'already there' : `prepared in ${seconds((Date.now() - began) / 1000)}`
    part.good(`JupyterLab ${versions.jupyterlab}, Python ${versions.python}, ${took}: ${folder}`)
  } catch (error) {
    const { why, remedy } = asObstacle(error, jupyterFolder())
    part.bad(`no Jupyter: ${why}`, remedy)
    return 1
  }
  return setupKernel()
}

function setupKernel(): number {
  const part = new Part('kernel')
  try {
    const { tslab, spec } = installKernel()
    part.good(`tslab ${tslab}: ${spec}`)
    return 0
  } catch (error) {
    const { why, remedy } = asObstacle(error, jupyterFolder())
    part.bad(`no kernel: ${why}`, remedy)
    return 1
  }
}
