/**
 * The tslab kernel, started by Jupyter, with what tslab leaves out: no message is lost, unsigned messages are
 * dropped, failures reach Jupyter as errors, and their positions are those of the cell's source. tslab still
 * compiles, completes, inspects and runs.
 *
 * Run as `node kernel.js CONNECTION_FILE`. It uses internals of tslab 1.0.22, which package.json pins.
 */
import { createRequire } from 'node:module'
import path from 'node:path'
import { type CellExecutor, Cells } from './cells'
import { type Jupyter, serverClass } from './server'
import { type Zmq } from './sockets'
import { keepSourceMaps } from './sourceMaps'
import { followParent } from './parent'
import { packageRoot } from '../platform/places'
import { ENDING } from '../platform/signals'

type Converters = { node: unknown; browser: unknown; close(): void }

interface Tslab {
  converter: { createConverter(options: { isJS: boolean; isBrowser: boolean }): { close(): void } }
  executor: {
    createExecutor(folder: string, converters: Converters, console: Cells['console']): CellExecutor
  }
  jupyter: Jupyter
  zmq: Zmq
}

function loadTslab(cells: Cells): Tslab {
  const require_ = createRequire(path.join(packageRoot(), 'x.js'))
  // Before the converter is loaded, because it copies the compiler's functions.
  const tslabs = createRequire(require_.resolve('tslab/package.json'))
  keepSourceMaps(tslabs, cells)
  return {
    converter: require_('tslab/dist/converter.js') as Tslab['converter'],
    executor: require_('tslab/dist/executor.js') as Tslab['executor'],
    jupyter: require_('tslab/dist/jupyter.js') as Jupyter,
    zmq: tslabs('zeromq') as Zmq,
  }
}

/** Starts the kernel on the connection file that Jupyter wrote. */
export async function startKernel(connectionFile: string): Promise<void> {
  // Ten frames, the default, often do not reach the cell.
  Error.stackTraceLimit = 50
  const cells = new Cells(process.env.LIDVAE_HEADLESS === '1')
  const tslab = loadTslab(cells)
  const node = tslab.converter.createConverter({ isJS: false, isBrowser: false })
  let browser: { close(): void } | undefined
  const converters: Converters = {
    node,
    get browser() {
      return (browser ??= tslab.converter.createConverter({ isJS: false, isBrowser: true }))
    },
    close() {
      node.close()
      browser?.close()
    },
  }
  const executor = tslab.executor.createExecutor(process.cwd(), converters, cells.console)
  cells.attach(executor)
  process.on('SIGINT', () => cells.interruption.press())
  const KernelServer = serverClass(tslab.jupyter, cells, tslab.zmq)
  const server = new KernelServer(new tslab.jupyter.JupyterHandlerImpl(executor, false), connectionFile)
  for (const signal of ENDING) process.on(signal, () => server.end(signal))
  followParent(() => server.end('SIGTERM'))
  await server.init()
}

if (require.main === module)
  startKernel(process.argv[2]).catch((error: unknown) => {
    process.stderr.write(
      `lidvae's kernel did not start: ${error instanceof Error ? error.message : String(error)}\n`,
    )
    process.exit(1)
  })
