import { randomUUID } from 'node:crypto'
import path from 'node:path'
import { WebSocket } from 'undici'
import { startTree, until, type Tree } from './tree'

const TOKEN = 'lidvae-test'

/** `lidvae lab` on a folder, with nobody's settings. */
export interface LabTree {
  readonly tree: Tree
  readonly address: string
}

export async function startLabTree(folder: string): Promise<LabTree> {
  const own = path.join(folder, '.jupyter')
  const args = ['lab', '--no-browser', '--ServerApp.port=0', `--IdentityProvider.token=${TOKEN}`]
  const tree = startTree([...args, `--ServerApp.root_dir=${folder}`], folder, {
    JUPYTER_CONFIG_DIR: path.join(own, 'config'),
    JUPYTER_DATA_DIR: path.join(own, 'data'),
    JUPYTER_RUNTIME_DIR: path.join(own, 'runtime'),
  })
  const found = () => /http:\/\/(127\.0\.0\.1:\d+)\/lab/.exec(tree.said())?.[1]
  await until(tree, () => found() !== undefined)
  return { tree, address: found()! }
}

/** Starts a kernel there and has it run a cell, as a browser does. */
export async function train({ tree, address }: LabTree, code: string): Promise<void> {
  const ask = (): Promise<Response | undefined> =>
    fetch(`http://${address}/api/kernels?token=${TOKEN}`, {
      method: 'POST',
      body: JSON.stringify({ name: 'tslab' }),
      // On a busy machine the connection may take longer than fetch waits: asked again.
    }).catch(() => undefined)
  let answer = await ask()
  while (!answer && tree.child.exitCode === null) answer = await ask()
  if (!answer) throw new Error(`it ended: ${tree.said()}`)
  const { id } = (await answer.json()) as { id: string }
  const socket = new WebSocket(`ws://${address}/api/kernels/${id}/channels?token=${TOKEN}`)
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve())
    socket.addEventListener('error', () => reject(new Error('no channel to the kernel')))
  })
  const header = {
    msg_id: randomUUID(),
    session: randomUUID(),
    username: '',
    version: '5.3',
    msg_type: 'execute_request',
    date: new Date().toISOString(),
  }
  const content = {
    code,
    silent: false,
    store_history: true,
    allow_stdin: false,
    stop_on_error: true,
    user_expressions: {},
  }
  socket.send(
    JSON.stringify({ header, parent_header: {}, metadata: {}, content, channel: 'shell', buffers: [] }),
  )
}
